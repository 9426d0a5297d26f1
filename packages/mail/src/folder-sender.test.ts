import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeMailSender, from, message } from './contract.testkit.ts'
import { createFolderSender } from './folder-sender.ts'

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false)

describeMailSender('the folder', async (sender) => {
  const home = await mkdtemp(join(tmpdir(), 'intellidocs-mail-'))
  const dir = join(home, 'data', 'mail')
  const close = (): Promise<void> => rm(home, { recursive: true, force: true })
  const taken = async () => {
    const names = (await exists(dir)) ? await readdir(dir) : []
    return Promise.all(names.map(async (name) => ({ raw: await readFile(join(dir, name)) })))
  }
  try {
    return { sender: createFolderSender(dir, sender), taken, close }
  } catch (error) {
    await close()
    throw error
  }
})

let home: string
beforeEach(async () => { home = await mkdtemp(join(tmpdir(), 'intellidocs-mail-')) })
afterEach(() => rm(home, { recursive: true, force: true }))

test('folder and files are their owner\'s alone, and names sort by the time that the mail was queued', async () => {
  const dir = join(home, 'mail')
  const sender = createFolderSender(dir, from)
  const ids = ['0193f0c2-0000-7000-8000-0000000000bb', '0193f0c1-0000-7000-8000-0000000000cc', '0193f0c3-0000-7000-8000-0000000000aa']
  for (const id of ids) await sender.send({ ...message, id })
  expect((await readdir(dir)).toSorted()).toEqual(ids.toSorted().map((id) => `${id}.eml`))
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600)
})

test('lines end as in mail', async () => {
  await createFolderSender(home, from).send(message)
  const text = await readFile(join(home, `${message.id}.eml`), 'latin1')
  expect(text).toContain('\r\n')
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
})

test('a folder that cannot be written to is told by its code, without the mail', async () => {
  const file = join(home, 'file')
  await writeFile(file, '')
  await chmod(file, 0o600)
  await expect(createFolderSender(join(file, 'mail'), from).send(message)).rejects.toMatchObject({
    name: 'MailSendError', code: 'ENOTDIR', message: expect.not.stringContaining('ada'),
  })
})
