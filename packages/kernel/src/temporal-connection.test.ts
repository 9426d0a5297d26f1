import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporalConnectionOptions } from './temporal-connection.ts'

const [address, namespace] = ['temporal.example:7233', 'documents']
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pem-'))
  for (const name of ['ca', 'cert', 'key']) await writeFile(join(dir, name), `the ${name}`)
})
afterAll(() => rm(dir, { recursive: true }))

test('an address alone is reached in the clear, and nothing but the address is told', async () => {
  expect(await temporalConnectionOptions({ address, namespace })).toEqual({ address })
})

test('the PEM files that are named are handed over as their bytes, with the name that the certificate must bear', async () => {
  const tls = { ca: join(dir, 'ca'), cert: join(dir, 'cert'), key: join(dir, 'key'), serverName: 'other.example' }
  expect(await temporalConnectionOptions({ address, namespace, apiKey: 'secret', tls })).toEqual({
    address, apiKey: 'secret',
    tls: {
      serverRootCACertificate: Buffer.from('the ca'), serverNameOverride: 'other.example',
      clientCertPair: { crt: Buffer.from('the cert'), key: Buffer.from('the key') },
    },
  })
})

test('TLS without files of its own is TLS by the machine\'s authorities; a file that is not there is an error', async () => {
  expect(await temporalConnectionOptions({ address, namespace, tls: {} })).toEqual({ address, tls: {} })
  await expect(temporalConnectionOptions({ address, namespace, tls: { ca: join(dir, 'none') } })).rejects.toThrow('ENOENT')
})
