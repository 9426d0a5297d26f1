import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')
const left = new Set(['node_modules', 'generated', 'dist', '.git', '.cache', '.turbo', '.intellidocs'])

export type SourceFile = { path: string; text: string; lines: number }

/** Every TypeScript and JavaScript file of ours below these folders; paths start at the root of the clone. */
export function sourceFiles(folders = ['apps', 'packages', 'scripts', 'tests', 'bench']): SourceFile[] {
  const found: SourceFile[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (left.has(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (/\.(ts|mts|mjs|js|cjs)$/.test(entry.name)) {
        const text = readFileSync(path, 'utf8')
        found.push({ path: relative(root, path), text, lines: text.trimEnd().split('\n').length })
      }
    }
  }
  for (const folder of folders) walk(join(root, folder))
  return found
}
