import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CertificateFormat, OrgId, Role, UserId } from '@intellidocs/contracts'
import { AppError, createLog, newId } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import express from 'express'
import { expect, test } from 'vitest'
import { sendCertificate } from './certificates.ts'
import { answerErrors } from './http-errors.ts'

const run = newId()
const bytes = Buffer.from('%PDF-1.7 pages')

/** What a caller of that role gets, and which certificates were looked for. */
async function asked(path: string, { role = 'viewer', method = 'GET' }: { role?: Role; method?: string } = {}) {
  const looked: { id: string; format: CertificateFormat }[] = []
  const app = express()
  app.set('query parser', 'simple')
  app.get('/api/v1/runs/:id/certificate', sendCertificate({
    certificate: async (_, what) => {
      looked.push(what)
      if (what.id !== run) throw new AppError('run.not_found')
      return { bytes, contentType: 'application/pdf', fileName: `certificate-${what.id}.pdf` }
    },
    actorOf: () => Promise.resolve(testActor(newId() as OrgId, newId() as UserId, role)),
  }))
  app.use(answerErrors(createLog({ level: 'silent', name: 'test' })))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method })
    const text = await response.text()
    const code = response.ok || text === '' ? null : (JSON.parse(text) as { error: { code: string } }).error.code
    return { status: response.status, headers: response.headers, text, code, looked }
  } finally {
    server.close()
  }
}

test('it is a file to be saved, which no browser shows or runs', async () => {
  const { status, headers, text, looked } = await asked(`/api/v1/runs/${run}/certificate`)
  expect({ status, text, looked }).toEqual({ status: 200, text: bytes.toString(), looked: [{ id: run, format: 'pdf' }] })
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/pdf', 'content-disposition': expect.stringMatching(`^attachment; filename="?certificate-${run}.pdf"?$`), 'content-length': String(bytes.length),
    'x-content-type-options': 'nosniff', 'content-security-policy': "sandbox; default-src 'none'",
  })
  expect((await asked(`/api/v1/runs/${run}/certificate?format=json`)).looked).toEqual([{ id: run, format: 'json' }])
})

test.each([
  ['a role without flows:read', `/api/v1/runs/${run}/certificate`, { role: 'guest' as const }, 403, 'auth.forbidden'],
  ['an id that is none', '/api/v1/runs/none/certificate', {}, 404, 'run.not_found'],
  ['a format that is none', `/api/v1/runs/${run}/certificate?format=html`, {}, 400, 'input.invalid'],
  ['two formats', `/api/v1/runs/${run}/certificate?format=pdf&format=json`, {}, 400, 'input.invalid'],
  ['a look at the headers', `/api/v1/runs/${run}/certificate`, { method: 'HEAD' }, 404, null],
])('%s is refused before anything is looked for', async (_, path, more, status, code) => {
  expect(await asked(path, more)).toMatchObject({ status, code, looked: [] })
})

test('a run that is not there is told as such', async () => {
  expect(await asked(`/api/v1/runs/${newId()}/certificate`)).toMatchObject({ status: 404, code: 'run.not_found' })
})
