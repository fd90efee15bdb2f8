/** Writes docs/schemas.json from the built package. With --release also compat/v1/schemas.json, against which later schemas are checked. */
import { writeFileSync } from 'node:fs';
import { exportSchemas } from '@flows/contracts';

const text = `${JSON.stringify(exportSchemas(), null, 2)}\n`;
writeFileSync(new URL('../../docs/schemas.json', import.meta.url), text);
if (process.argv.includes('--release')) writeFileSync(new URL('compat/v1/schemas.json', import.meta.url), text);
