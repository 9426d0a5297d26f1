import PostalMime from 'postal-mime'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MailRefusedError, type Mailbox, type MailSender, type Message } from './mail-sender.ts'
import type { TakenMail } from './smtp-server.testkit.ts'

export const from: Mailbox = { name: 'Os Arquivos, Lda.', address: 'no-reply@example.org' }

export const message: Message = {
  id: '0193f0c2-0000-7000-8000-0000000000aa', to: 'ada@example.org', subject: 'Confirme o seu endereço — já',
  text: 'Olá Ada,\n\n.uma linha com um ponto no início\n', html: '<p>Olá Ada,</p>\n<p>.uma linha</p>\n',
}

export type Place = { readonly sender: MailSender; taken(): Promise<Pick<TakenMail, 'raw'>[]>; close(): Promise<void> }

const address = 'a@example.org'
/** Parts that would change another part. */
const breaking: [MailRefusedError['part'], Partial<Message>][] = [
  ['address', { to: `${address}\r\nBcc: eve@example.org` }], ['address', { to: `${address}\n` }], ['address', { to: ` ${address}` }],
  ['address', { to: `${address}, eve@example.org` }], ['address', { to: `Ada <${address}>` }], ['address', { to: '' }], ['address', { to: 'a\u0000@example.org' }],
  ['address', { to: `${address}> SIZE=1` }],
  ['subject', { subject: 'Hello\r\nBcc: eve@example.org' }], ['subject', { subject: 'Hello\nX: y' }], ['subject', { subject: 'a\u0000b' }],
  ['subject', { subject: 'a\u0085b' }], ['subject', { subject: 'a\u2028b' }], ['subject', { subject: 'x'.repeat(1_001) }],
  ['unsubscribe', { unsubscribe: 'https://example.org/>\r\nBcc: eve@example.org' }], ['unsubscribe', { unsubscribe: 'https://example.org/ x' }],
  ['unsubscribe', { unsubscribe: 'https://example.org/>, <https://eve.example' }], ['unsubscribe', { unsubscribe: 'mailto:eve@example.org' }],
  ['id', { id: '../../x' }], ['id', { id: `${message.id}>\r\nBcc: eve@example.org` }],
]

/** What every way out keeps. */
export function describeMailSender(name: string, open: (sender: Mailbox) => Promise<Place>): void {
  describe(`${name} keeps the contract of mail`, () => {
    let place: Place
    beforeEach(async () => { place = await open(from) })
    afterEach(() => place.close())

    test('a mail arrives with both parts, its subject, sender and one recipient, as they were given', async () => {
      await place.sender.send(message)
      const [taken, ...more] = await place.taken()
      expect(more).toEqual([])
      const mail = await PostalMime.parse(taken?.raw ?? '')
      expect(mail).toMatchObject({
        subject: message.subject, from, to: [{ name: '', address: message.to }], messageId: `<${message.id}@example.org>`,
      })
      expect([mail.text?.trimEnd(), mail.html?.trimEnd()]).toEqual([message.text.trimEnd(), message.html.trimEnd()])
      expect([mail.cc, mail.bcc, mail.attachments]).toEqual([undefined, undefined, []])
      expect(mail.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
    })

    test('a mail that can be done without says in one line each where one POST ends its kind; another says nothing of it', async () => {
      const unsubscribe = `https://docs.example.org/app/api/v1/unsubscribe?token=${'t'.repeat(120)}`
      await place.sender.send({ ...message, unsubscribe })
      const [taken] = await place.taken()
      const { headers } = await PostalMime.parse(taken?.raw ?? '')
      const valueOf = (name: string) => headers.filter(({ key }) => key === name).map(({ value }) => value)
      expect([valueOf('list-unsubscribe'), valueOf('list-unsubscribe-post')]).toEqual([[`<${unsubscribe}>`], ['List-Unsubscribe=One-Click']])
      await place.sender.send({ ...message, id: message.id.replace(/a$/, 'b') })
      expect((await place.taken()).at(-1)?.raw.toString()).not.toMatch(/list-unsubscribe/i)
    })

    test('a mail that is sent twice has the same Message-ID both times', async () => {
      await place.sender.send(message)
      await place.sender.send(message)
      const ids = await Promise.all((await place.taken()).map(async ({ raw }) => (await PostalMime.parse(raw)).messageId))
      expect([...new Set(ids)]).toEqual([`<${message.id}@example.org>`])
    })

    test.each(breaking)('a mail whose %s could change another part is refused, and nothing leaves: %j', async (part, over) => {
      const refused = place.sender.send({ ...message, ...over })
      await expect(refused).rejects.toBeInstanceOf(MailRefusedError)
      await expect(refused).rejects.toMatchObject({ part, message: expect.not.stringContaining('eve') })
      expect(await place.taken()).toEqual([])
    })

    test.each<[MailRefusedError['part'], Mailbox]>([
      ['name', { name: 'Docs\r\nBcc: eve@example.org', address }], ['name', { name: 'Docs\u0007', address }],
      ['address', { name: null, address: `${address}\r\nBcc: eve@example.org` }], ['address', { name: null, address: `${address}, eve@example.org` }],
    ])('a sender whose %s could change a mail is refused before any mail: %j', async (part, sender) => {
      await expect(open(sender)).rejects.toMatchObject({ name: 'MailRefusedError', part })
    })

    test('with its signal aborted nothing leaves', async () => {
      await expect(place.sender.send(message, AbortSignal.abort())).rejects.toThrow()
      expect(await place.taken()).toEqual([])
    })
  })
}
