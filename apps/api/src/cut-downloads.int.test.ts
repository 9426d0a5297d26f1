import { get as request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration, type NewOrg } from './admin.testkit.ts'
import { data, mutate } from './api.testkit.ts'

/** More than sockets hold on both sides, and more than the slow reader takes in ten seconds. */
const BYTES = 60_000_000
let house: Administration
beforeAll(async () => { house = await openAdministration() })
afterAll(() => house.close())

async function large(org: NewOrg): Promise<string> {
  const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', headers: { ...org.headers, 'x-file-name': 'large.txt' }, body: 'x'.repeat(BYTES) })
  const { document: { id } } = await sent.json() as { document: { id: string } }
  return `${house.api.url}/api/v1/documents/${id}/content`
}

/** A reader that takes what it gets, but slowly, until it is cut or has all. */
async function read(url: string, headers: Record<string, string>): Promise<{ ended: Promise<{ bytes: number; whole: boolean }> }> {
  const { promise: ended, resolve } = Promise.withResolvers<{ bytes: number; whole: boolean }>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  request(url, { headers }, (res) => {
    let bytes = 0
    begin()
    res.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      res.pause()
      setTimeout(() => res.resume(), 20)
    })
    res.once('close', () => resolve({ bytes, whole: res.complete }))
    res.on('error', () => undefined)
  })
  await begun
  return { ended }
}

test('a download that is under way when its organization is suspended is cut within two seconds, and those of others go on', async () => {
  const [org, other] = [await house.newOrg(), await house.newOrg()]
  const [mine, theirs] = [await read(await large(org), org.headers), await read(await large(other), other.headers)]
  data(await house.act('orgs.suspend', { id: org.id, reason: REASON }))
  const { bytes, whole } = await mine.ended
  expect([whole, bytes < BYTES]).toEqual([false, true])
  expect(await Promise.race([theirs.ended.then(() => 'ended'), new Promise((resolve) => { setTimeout(() => resolve('goes on'), 1_500) })])).toBe('goes on')
  data(await mutate(house.api.url, 'auth.signOut', undefined, other.headers))
  expect((await theirs.ended).whole).toBe(false)
})
