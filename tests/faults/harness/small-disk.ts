import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'

/** Thrown by a fault that this machine cannot do; it is counted as skipped, with the reason. */
export class NotRunHere extends Error {}

/** A disk of so many bytes, mounted at a folder below the data folder. */
export type SmallDisk = { readonly folder: string; readonly bytes: number }

/** Mounts a tmpfs; answers how to take it away. @throws NotRunHere where this user may not mount */
export async function mountSmallDisk({ folder, bytes }: SmallDisk): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', folder], { encoding: 'utf8' })
  if (mounted.status !== 0) throw new NotRunHere(`a small disk cannot be mounted here: ${(mounted.stderr ?? mounted.error?.message ?? '').trim()}`)
  return async () => {
    // Lazily: a child that is just ending may still have its folder open.
    const gone = spawnSync('umount', ['--lazy', folder], { encoding: 'utf8' })
    if (gone.status !== 0) throw new Error(`umount ${folder}: ${gone.stderr}`)
  }
}
