import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { describeMailSender, from, message } from './contract.testkit.ts'
import { createSmtpSender, type SmtpSettings } from './smtp-sender.ts'
import { startSmtpServer } from './smtp-server.testkit.ts'

const to = (port: number, over: Partial<SmtpSettings> = {}): SmtpSettings => ({ host: '127.0.0.1', port, secure: false, login: null, ...over })
const login = { user: 'post', password: 'hunter2hunter2' }

describeMailSender('an SMTP server', async (sender) => {
  const server = await startSmtpServer()
  try {
    return { sender: createSmtpSender(to(server.port), sender), taken: () => Promise.resolve([...server.taken]), close: () => server.close() }
  } catch (error) {
    await server.close()
    throw error
  }
})

test('the envelope has one recipient and the bare address of the sender', async () => {
  const server = await startSmtpServer()
  await createSmtpSender(to(server.port), from).send(message)
  expect(server.taken).toMatchObject([{ from: from.address, to: [message.to], login: null, encrypted: false }])
  await server.close()
})

test('fifty mails at once arrive, each whole and each to its own recipient', async () => {
  const server = await startSmtpServer()
  const sender = createSmtpSender(to(server.port), from)
  const people = Array.from({ length: 50 }, (_, at) => `person-${at}@example.org`)
  await Promise.all(people.map((address) => sender.send({ ...message, to: address, text: `for ${address}` })))
  expect(server.taken.map((mail) => mail.to.join()).toSorted()).toEqual(people.toSorted())
  for (const mail of server.taken) expect(mail.raw.toString()).toContain(`for ${mail.to[0]}`)
  await server.close()
})

test('a password does not go over a line that is not encrypted: nothing is sent', async () => {
  let asked = 0
  const server = await startSmtpServer({ authOptional: false, allowInsecureAuth: true, onAuth: (_auth, _session, done) => { asked += 1; done(null, { user: 'post' }) } })
  await expect(createSmtpSender(to(server.port, { login }), from).send(message)).rejects.toMatchObject({ name: 'MailSendError', code: 'ETLS' })
  expect([asked, server.taken]).toEqual([0, []])
  await server.close()
})

test.each([['STARTTLS', false], ['TLS from the first byte', true]])('nor to a server whose certificate is nobody\'s, by %s', async (_how, secure) => {
  let asked = 0
  const server = await startSmtpServer({ secure, disabledCommands: [], onAuth: (_auth, _session, done) => { asked += 1; done(null, { user: 'post' }) } })
  await expect(createSmtpSender(to(server.port, { login, secure }), from).send(message)).rejects.toMatchObject({
    name: 'MailSendError', message: expect.not.stringContaining(login.password),
  })
  expect([asked, server.taken]).toEqual([0, []])
  await server.close()
})

test('what a server refuses is told by its codes, never with its words, the address or the mail', async () => {
  const server = await startSmtpServer({
    onRcptTo: (address, _session, done) => done(Object.assign(new Error(`no ${address.address} here, secret-word`), { responseCode: 550 })),
  })
  const refused = createSmtpSender(to(server.port), from).send(message)
  await expect(refused).rejects.toMatchObject({ name: 'MailSendError', code: 'EENVELOPE', refused: true, message: 'the mail was not handed on (EENVELOPE after RCPT TO, the server answered 550)' })
  const { stack, cause } = await refused.catch((error: unknown) => error as Error) ?? {}
  expect(`${String(stack)}${String(cause)}`).not.toMatch(/secret-word|ada@/)
  expect(server.taken).toEqual([])
  await server.close()
})

test('a server that is away is told by its code', async () => {
  const away = await startSmtpServer()
  await away.close()
  await expect(createSmtpSender(to(away.port), from).send(message)).rejects.toMatchObject({ name: 'MailSendError', code: 'ESOCKET' })
})

test('a server that takes the connection and says nothing is left when the signal says so', async () => {
  const sockets = new Set<Socket>()
  const mute = createServer((socket) => { sockets.add(socket.on('error', () => undefined)) })
  await once(mute.listen(0, '127.0.0.1'), 'listening')
  const stop = new AbortController()
  const sending = createSmtpSender(to((mute.address() as AddressInfo).port), from).send(message, stop.signal)
  await once(mute, 'connection')
  stop.abort()
  await expect(sending).rejects.toMatchObject({ name: 'MailSendError', code: 'EABORT' })
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => { mute.close(resolve) })
})
