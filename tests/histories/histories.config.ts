/** Where recorded histories are written (such as libs/run-machine/histories, before a release); undefined in any other run: then they are only compared. */
export const historiesFolder: string | undefined = process.env['FLOWS_RECORD_HISTORIES'];
