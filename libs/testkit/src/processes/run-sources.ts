/** Node arguments with which a child process runs TypeScript sources of this repository. */
export const RUN_SOURCES: readonly string[] = [
  '--enable-source-maps',
  '--import',
  new URL('../../loader/source-loader.mjs', import.meta.url).href,
];
