import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the run folder that the report links to. */
export interface EvidenceFile {
  /** Relative to the run folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
}

const FILES_MAX = 300;

/** The files of a run folder, the report itself apart. Links are not followed. */
export function evidenceFiles(runDirectory: string, except: readonly string[]): EvidenceFile[] {
  const files: EvidenceFile[] = [];
  const visit = (folder: string) => {
    const entries = readdirSync(join(runDirectory, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (files.length >= FILES_MAX || except.includes(path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) files.push({ path, bytes: statSync(join(runDirectory, path)).size });
    }
  };
  visit('');
  return files;
}
