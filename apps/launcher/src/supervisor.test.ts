import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentWith, loadConfig } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { takeDataFolder } from './preflight.ts'
import { startProduct } from './supervisor.ts'

test('a start that is stopped before anything runs starts nothing and frees the data folder', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'intellidocs-supervisor-'))
  const said: string[] = []
  try {
    const config = loadConfig(environmentWith({ DATA_DIR: dataDir, PORT: '0', INTELLIDOCS_EMBEDDED: '1' }))
    const started = startProduct({ config, ownServers: true, ui: false, signal: AbortSignal.abort(), say: (line) => void said.push(line) })
    await expect(started.then((product) => product.stop())).rejects.toMatchObject({ message: 'the start was stopped' })
    expect(said).toEqual([])
    await (await takeDataFolder(dataDir)).release()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
