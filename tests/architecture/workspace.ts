/** The packages of this repository and their sources, as they lie on the disk. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSource, type SourceFile } from './source-file.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface WorkspacePackage {
  name: string;
  /** `libs/kafka` */
  folder: string;
  /** Of the tags `layer:…`; exactly one is expected. */
  layers: string[];
}

export function readPackages(): WorkspacePackage[] {
  return ['apps', 'libs', 'tools'].flatMap((group) =>
    readdirSync(join(ROOT, group))
      .filter((name) => existsSync(join(ROOT, group, name, 'package.json')))
      .map((name) => {
        const manifest = JSON.parse(readFileSync(join(ROOT, group, name, 'package.json'), 'utf8')) as {
          name: string;
          nx?: { tags?: string[] };
        };
        const tags = manifest.nx?.tags ?? [];
        const layers = tags.filter((tag) => tag.startsWith('layer:')).map((tag) => tag.slice('layer:'.length));
        return { name: manifest.name, folder: `${group}/${name}`, layers };
      }),
  );
}

/** What is built and shipped: without tests and what only they use. */
export function readSources(): SourceFile[] {
  return globSync('{apps,libs,tools}/*/src/**/*.{ts,tsx}', { cwd: ROOT })
    .filter((path) => !path.endsWith('.spec.ts') && !path.endsWith('.d.ts'))
    .map((path) => parseSource(path.split(sep).join('/'), readFileSync(join(ROOT, path), 'utf8')));
}
