import { describe, expect, test } from 'vitest'
import { outlookMessage, type OutlookMessage } from '../../../../../scripts/examples/outlook.ts'
import { mbox } from '../../../../../scripts/examples/containers.ts'
import { encodeText } from '../../testing/encode.ts'
import { readHere, textsOf } from '../../testing/read-here.ts'
import { decompressRtf } from './lzfu.ts'

const message: OutlookMessage = {
  subject: 'Relatório', from: { name: 'Ana Silva', address: 'ana@example.com' }, to: 'Bob', sentAt: '2026-06-01T10:00:00.000Z', text: 'Words of the mail',
}
const headers = 'Subject: Relatório\nFrom: Ana Silva <ana@example.com>\nTo: Bob\nDate: 2026-06-01T10:00:00.000Z\n\n'

describe('Outlook', () => {
  test('headers, words and attached files, and messages within it where they stand', async () => {
    const inner: OutlookMessage = { ...message, subject: 'Inner', text: 'Words within', attachments: [{ name: 'deep.txt', bytes: Buffer.from('deep') }] }
    const found = await readHere(outlookMessage({ ...message, attachments: [{ name: '../../etc/passwd', bytes: Buffer.from('attached') }, { message: inner }] }))
    expect(found).toMatchObject({ mime: 'application/vnd.ms-outlook', format: 'msg' })
    expect(found.pages.map(({ text }) => text)).toEqual([`${headers}Words of the mail\n\n${headers.replace('Relatório', 'Inner')}Words within`])
    expect(found.attachments).toEqual([{ fileName: '../../etc/passwd', bytes: Buffer.from('attached') }, { fileName: 'deep.txt', bytes: Buffer.from('deep') }])
  })

  test('a message without plain words is read from its HTML, else from its Rich Text', async () => {
    const { text: _text, ...bare } = message
    expect(await textsOf(outlookMessage({ ...bare, html: '<p>Words <b>marked</b></p><script>gone()</script>' }))).toEqual([`${headers}Words marked`])
    expect(await textsOf(outlookMessage({ ...bare, rtf: '{\\rtf1\\ansi Rich \\b words\\b0}' }))).toEqual([`${headers}Rich words`])
  })

  test('texts in an old encoding that the message does not tell are read as they look', async () => {
    // "Это письмо о погоде…" in windows-1251: the alphabet begins at 0xC0.
    const narrow = (text: string) => Buffer.from([...text].map((letter) => (letter >= 'А' && letter <= 'я' ? letter.charCodeAt(0) - 0x410 + 0xc0 : letter.charCodeAt(0))))
    const text = 'Это письмо о погоде и о том что мы будем делать завтра утром в городе'
    expect((await textsOf(outlookMessage({ ...message, subject: 'Погода', text, narrow })))[0]).toContain(`Subject: Погода\nFrom: Ana Silva <ana@example.com>\nTo: Bob\nDate: 2026-06-01T10:00:00.000Z\n\n${text}`)
  })

  test('a message within a message within a message is read, what is deeper is not', async () => {
    const nested = [4, 3, 2, 1].reduce<OutlookMessage>((inner, depth) => ({ ...message, text: `depth ${depth}`, attachments: [{ message: inner }] }), { ...message, text: 'depth 5' })
    const text = (await textsOf(outlookMessage(nested))).join('')
    expect([1, 2, 3, 4].map((depth) => text.includes(`depth ${depth}`))).toEqual([true, true, true, false])
  })

  test('compressed text repeats what it said before, and a size that is said is not believed', () => {
    // Literals "ab", then a reference of 6 to them, then the end: a reference to the place where the next byte goes.
    const packed = Buffer.alloc(16 + 1 + 2 + 2 + 2)
    ;[packed.length - 4, 8, 0x75465a4c, 0].forEach((value, index) => packed.writeUInt32LE(value, index * 4))
    const start = 207
    packed.writeUInt8(0b1100, 16)
    packed.write('ab', 17, 'latin1')
    packed.writeUInt16BE((start << 4) | 4, 19)
    packed.writeUInt16BE((start + 8) << 4, 21)
    expect(decompressRtf(packed, 100).toString('latin1')).toBe('abababab')
    packed.writeUInt32LE(0x7fffffff, 4)
    expect(() => decompressRtf(packed, 100)).toThrow(/2147483647/)
    expect(decompressRtf(packed, 2 ** 31).length).toBeLessThan(packed.length * 9)
  })
})

describe('a mail that does not tell its encoding', () => {
  const head = 'From: ana@example.com\nTo: bob@example.com\n'
  const german = 'Die Mitglieder müssen über die Vorschläge abstimmen. Größe nötig.'
  const russian = 'Члены комитета должны проголосовать по предложениям до пятницы.'

  test.each([
    ['windows-1252', '', german], ['windows-1251', '', russian], ['koi8-r', 'Content-Type: text/plain; charset=unknown-8bit\n', russian],
    ['utf-8', 'Content-Type: text/plain; charset="x-unknown"\n', german], ['utf-8', '', russian],
  ])('%s, %j: is read as it looks', async (label, type, text) => {
    const whole = `${head}Subject: ${text.slice(0, 9)}\n${type}\n${text}\n`
    const bytes = label === 'utf-8' ? Buffer.from(whole) : encodeText(label, whole)
    expect(await textsOf(bytes)).toEqual([`Subject: ${text.slice(0, 9).trim()}\nFrom: ana@example.com\nTo: bob@example.com\n\n${text}`])
  })

  test('one that tells is believed, whatever its bytes look like', async () => {
    const bytes = Buffer.concat([Buffer.from(`${head}Subject: x\nContent-Type: text/plain; charset=iso-8859-5\nContent-Transfer-Encoding: 8bit\n\n`), encodeText('iso-8859-5', russian)])
    expect((await textsOf(bytes))[0]).toContain(russian)
  })
})

test('of a mail whose plain part is a stub the HTML is read, else the plain part', async () => {
  const body = async (plain: string, html: string) => {
    const parts = [['plain', plain], ['html', html]].map(([kind, text]) => `--q\nContent-Type: text/${kind}\n\n${text}\n`).join('')
    return (await textsOf(`From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=q\n\n${parts}--q--\n`))[0]?.split('\n\n')[1]
  }
  const words = 'The crane costs 5000 crowns and will be here on Monday, so that we can begin with the roof at last.'
  expect(await body('Use an HTML viewer.', `<p>${words}</p>`)).toBe(words)
  expect(await body('The crane costs 5000 crowns and will be here on Monday.', `<p>${words}</p>`)).toBe('The crane costs 5000 crowns and will be here on Monday.')
})

test('what a mail is signed with is no attachment of it', async () => {
  const part = (type: string, body: string) => `--b\nContent-Type: ${type}\n\n${body}\n`
  const signed = `From: ana@example.com\nTo: bob@example.com\nSubject: signed\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n${part('text/plain', 'Words')}${part('application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64', 'MIIB')}${part('application/pgp-signature', '-----BEGIN PGP SIGNATURE-----\niQE')}`
  const found = await readHere(`${signed}--b--\n`)
  expect([found.format, found.pages[0]?.text.split('\n').at(-1), found.attachments]).toEqual(['eml', 'Words', []])
  // Nothing is hidden by what it calls itself.
  const others = [part('application/pgp-signature; name=invoice.pdf', '%PDF-1.7'), part('application/pgp-signature; name=signature.asc', 'words'), part('application/pkcs7-signature; name=contract.pdf.p7s\nContent-Transfer-Encoding: base64', 'MIIB')]
  const { attachments } = await readHere(`${signed}${others.join('')}--b--\n`)
  expect(attachments.map(({ fileName }) => fileName)).toEqual(['invoice.pdf', 'signature.asc', 'contract.pdf.p7s'])
})

test('of a sender without an address stands the name alone', async () => {
  const mail = 'From: Tomas Brandt\nTo: Ana <ana@example.com>, bob@example.com\nMIME-Version: 1.0\n\nwords\n'
  expect(await textsOf(mail)).toEqual(['From: Tomas Brandt\nTo: Ana <ana@example.com>, bob@example.com\n\nwords'])
})

describe('a mailbox', () => {
  const mail = (subject: string, body: string) => Buffer.from(`From: ana@example.com\nTo: bob@example.com\nSubject: ${subject}\n\n${body}\n`)

  test('begins with its first message also behind a byte order mark', async () => {
    const found = await readHere(Buffer.concat([Buffer.from('\ufeff'), mbox([mail('one', 'first'), mail('two', 'second')])]))
    expect(found).toMatchObject({ format: 'mbox' })
    expect(found.pages.map(({ text }) => text.split('\n\n')[1])).toEqual(['first', 'second'])
  })

  test('lines that were marked, so that they do not look like the beginning of a message, are read as they were', async () => {
    const { pages } = await readHere(mbox([mail('one', 'first\n\n>From here on\n>>From Ana\n> quoted')]))
    expect(pages.map(({ text }) => text.split('\n').slice(-4))).toEqual([['', 'From here on', '>From Ana', '> quoted']])
  })

  test('is a page a message, and what is attached to one is kept', async () => {
    const attached = Buffer.from([
      'From: ana@example.com', 'To: bob@example.com', 'Subject: three', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain', '', 'see it', '--b',
      'Content-Type: text/plain; name=note.txt', 'Content-Disposition: attachment; filename=note.txt', '', 'attached words', '--b--', '',
    ].join('\n'))
    const found = await readHere(mbox([mail('one', 'first\n\nFrom here on it is still the first'), mail('two', 'second'), attached]))
    expect(found).toMatchObject({ mime: 'application/mbox', format: 'mbox' })
    expect(found.pages.map(({ text }) => text)).toEqual([
      'Subject: one\nFrom: ana@example.com\nTo: bob@example.com\n\nfirst\n\nFrom here on it is still the first', 'Subject: two\nFrom: ana@example.com\nTo: bob@example.com\n\nsecond',
      'Subject: three\nFrom: ana@example.com\nTo: bob@example.com\n\nsee it',
    ])
    expect(found.attachments.map(({ fileName, bytes }) => [fileName, bytes.toString().trim()])).toEqual([['note.txt', 'attached words']])
  })

  test('a line that looks like the beginning of a message stays words of the message it stands in', async () => {
    const lines = ['From Prague we leave at 10:30 on platform four.', 'Note: bring the keys.', '', 'From ann@example.com Mon Jan  5 10:00:00 2026', 'is how it begins.', 'From ann@example.com Mon Jan  5 10:00:00 2026', 'Note: no empty line.']
    const [first, second] = [mail('one', lines.join('\n')), mail('two', 'second')]
    const zoned = Buffer.from('From 17@xxx Mon Jan 05 10:00:00 +0000 2026\r\n')
    const { pages } = await readHere(Buffer.concat([mbox([first]), zoned, second]))
    expect(pages.map(({ text }) => text.split('\n\n').slice(1).join('\n\n'))).toEqual([lines.join('\n'), 'second'])
  })

  test('a message that cannot be read is a page that says so, and costs the others nothing', async () => {
    const deep = Buffer.from(`From: ana@example.com\n${Array.from({ length: 300 }, (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`).join('')}`)
    const found = await readHere(mbox([mail('one', 'first'), deep, mail('three', 'third')]))
    expect(found.pages.map(({ text }) => text.split('\n\n')[1])).toEqual(['first', undefined, 'third'])
    expect(found.pageWarnings).toEqual({ 2: ['corrupt'] })
    await expect(readHere(mbox([deep]))).rejects.toMatchObject({ reason: 'corrupt' })
  })

  test('of more messages than pages are allowed the first are read, and the others named', async () => {
    const found = await readHere(mbox([mail('one', 'first'), mail('two', 'second'), mail('three', 'third')]), { limits: { pages: 1 } })
    expect(found.pages).toHaveLength(1)
    expect(found.warnings).toEqual([{ reason: 'pages_beyond_limit', pages: [{ from: 2, to: 3 }], names: [] }])
  })
})
