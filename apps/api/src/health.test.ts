import { describe, expect, test, vi } from 'vitest'
import { createReadiness, isLocal } from './health.ts'

const fine = { name: 'database', needed: true, probe: () => Promise.resolve() }
const broken = (name: string, needed: boolean) => ({ name, needed, probe: () => Promise.reject(new Error('secret host 10.0.0.1')) })

describe('readiness', () => {
  test('a needed part that is away makes the process not ready', async () => {
    expect(await createReadiness([fine, broken('blobs', true)])()).toMatchObject({ ready: false, degraded: ['blobs'] })
  })

  test('other parts are named and do not matter, and no error text leaves', async () => {
    const answer = await createReadiness([fine, broken('temporal', false)])()
    expect(answer).toMatchObject({ ready: true, degraded: ['temporal'], checks: { database: { ok: true }, temporal: { ok: false } } })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  test('many questions within a second cost one look', async () => {
    const probe = vi.fn<() => Promise<void>>(() => Promise.resolve())
    let now = 0
    const ask = createReadiness([{ name: 'database', needed: true, probe }], () => now)
    await Promise.all([ask(), ask(), ask()])
    expect(probe).toHaveBeenCalledTimes(1)
    now = 1001
    await ask()
    expect(probe).toHaveBeenCalledTimes(2)
  })
})

describe('who counts as this machine', () => {
  test.each([
    ['127.0.0.1', {}, true], ['::1', {}, true], ['::ffff:127.0.0.1', {}, true], ['10.0.0.1', {}, false], [undefined, {}, false],
    ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }, false], ['127.0.0.1', { forwarded: 'for=203.0.113.9' }, false],
  ])('%s with %j: %s', (remoteAddress, headers, expected) => {
    expect(isLocal({ headers, socket: { remoteAddress } })).toBe(expected)
  })
})
