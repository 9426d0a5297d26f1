import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A server for tests that is written in Go: from our cache, from the path, or built where Go is present (minutes, once). Null when none can be had. */
export function findGoTool(name: string, module: string): string | null {
  const cache = join(homedir(), '.cache', 'intellidocs', name)
  const places = [cache, ...(process.env['PATH'] ?? '').split(delimiter)]
  const found = places.map((place) => join(place, name)).find((path) => existsSync(path))
  if (found !== undefined) return found
  const built = spawnSync('go', ['install', module], { env: { ...process.env, GOBIN: cache }, stdio: ['ignore', 'ignore', 'inherit'], timeout: 600_000 })
  return built.status === 0 ? join(cache, name) : null
}
