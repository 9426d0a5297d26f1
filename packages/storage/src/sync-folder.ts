import { open } from 'node:fs/promises'

/** Forces a folder's names to disk: a file that was made or renamed in it is there after a power cut only then. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
