import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The full path of an executable on the search path, or null. @param {string} name */
export function onPath(name) {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name]
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const candidate of names) {
      try {
        accessSync(join(folder, candidate), constants.X_OK)
        return join(folder, candidate)
      } catch {
        // not in this folder; the next one may have it
      }
    }
  }
  return null
}
