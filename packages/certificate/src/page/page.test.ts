import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { content, respelled, signer, strangers } from '../certificate.testkit.ts'
import { issueCertificate, type CertificateContent } from '../signing.ts'
import { verifyCertificate, type CertificateReport } from '../verify.ts'
import { createPrinter } from './index.ts'

const printer = createPrinter()
const keys = [signer.publicKey]
const text = issueCertificate(signer, content())
const pdf = await printer.print(text, signer)
const verified = (file: Uint8Array, trusted = keys): Promise<CertificateReport> => verifyCertificate(file, { keys: trusted })
const codes = (report: CertificateReport): string[] => report.findings.map(({ code }) => code)

test('the pages hold, and carry the certificate as it is', async () => {
  expect(await verified(pdf)).toMatchObject({ ok: true, kind: 'pdf', certificate: JSON.parse(text) as object })
  expect(await verified(pdf, [])).toMatchObject({ ok: true })
})

test('the same certificate gives the same bytes, whatever was printed before', async () => {
  const other = content()
  other.org.name = 'Öffentliche Größe ﬁ ǆ'
  await printer.print(issueCertificate(signer, other), signer)
  expect((await printer.print(text, signer)).equals(pdf)).toBe(true)
  expect((await createPrinter().print(text, signer)).equals(pdf)).toBe(true)
})

test('what is no certificate is not printed', async () => {
  await expect(printer.print('{}', signer)).rejects.toThrow('no certificate')
})

const edited = (from: string, to: string): Buffer => {
  const at = pdf.indexOf(from, 0, 'latin1')
  expect(at).toBeGreaterThan(0)
  return Buffer.concat([pdf.subarray(0, at), Buffer.from(to, 'latin1'), pdf.subarray(at + from.length)])
}

describe('a change of the file is told', () => {
  test('of a page, while the attached certificate holds', async () => {
    // Draws the title's green in red.
    const report = await verified(edited('0.11372549019607843 0.4196078431372549 0.25882352941176473 scn', '0.91372549019607843 0.1196078431372549 0.15882352941176473 scn'))
    expect(codes(report)).toEqual(['page.changed'])
    expect(report.certificate?.run.outcome).toBe('approved')
  })

  test('of the attached certificate', async () => {
    expect(codes(await verified(edited('"outcome":"approved","reason"', '"outcome":"rejected","reason"')))).toEqual(['signature.wrong', 'page.changed', 'run.outcome'])
  })

  test('of its last lines, by appending, and by taking the signature away', async () => {
    expect(codes(await verified(Buffer.concat([pdf, Buffer.from('%\n')])))).toEqual(['form'])
    expect(codes(await verified(Buffer.concat([pdf, pdf])))).toEqual(['page.changed'])
    expect(codes(await verified(edited('%intellidocs-certificate-pdf/1', '%other')))).toEqual(['form'])
  })

  test('of how its signature is spelled', async () => {
    const [, signature = ''] = /([\w-]{86})\nstartxref/.exec(pdf.subarray(-400).toString('latin1')) ?? []
    expect(codes(await verified(edited(`${signature}\nstartxref`, `${respelled(signature)}\nstartxref`)))).toEqual(['form'])
  })

  test('of who signed the pages', async () => {
    const theirs = await printer.print(text, strangers)
    expect(codes(await verified(theirs))).toEqual(['page.unknown-key'])
    expect(await verified(theirs, [...keys, strangers.publicKey])).toMatchObject({ ok: true })
  })

  test('of any byte', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(pdf.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(pdf)
      changed[at] = (pdf[at] ?? 0) ^ by
      expect((await verified(changed)).ok).toBe(false)
    }), { numRuns: 300 })
    // The comment with the signature has the least to hold it.
    for (let at = pdf.length - 180; at < pdf.length; at += 1) {
      const changed = Buffer.from(pdf)
      changed[at] = (pdf[at] ?? 0) ^ 1
      expect((await verified(changed)).ok, `byte ${at - pdf.length}`).toBe(false)
    }
  })
})

describe('names that are hard to print', () => {
  const names = {
    'right to left': 'شركة الميناء (2027) שלום', 'CJK': '契約承認 张伟', 'emoji': '🧾👩‍👩‍👧 ok', 'one word of 300 characters': 'x'.repeat(300),
    '300 characters': 'long name '.repeat(30), 'marks and controls': 'a\u202Eb\u0000c\u2069\u0301', 'nothing but blanks': '   ', 'nothing': '', 'lines': '\n\n\r\n\ta\u2028b',
    'markup': '</rdf:li>()\\)%%EOF\nstartxref\n1\n%%EOF\n',
  }
  const named = (name: string): CertificateContent => {
    const it = content()
    ;[it.org.name, it.document.name, it.flow.name, it.run.note] = [name, name, name, name]
    for (const decision of it.decisions) [decision.person.name, decision.person.email, decision.comment] = [name, name, name]
    for (const { person } of it.unheard) [person.name, person.email] = [name, name]
    for (const stage of it.stages) stage.name = name
    return it
  }

  test.each(Object.entries(names))('%s', async (_, name) => {
    const made = issueCertificate(signer, named(name))
    const report = await verified(await printer.print(made, signer))
    expect(report).toMatchObject({ ok: true, certificate: { org: { name } } })
  })

  test('any at all', async () => {
    const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 40, maxLength: 40 })
    await fc.assert(fc.asyncProperty(names, async (all) => {
      const it = content()
      it.decisions = all.map((name, at) => ({ ...it.decisions[at % 4]!, person: { ...it.decisions[0]!.person, name }, comment: all.at(-at) ?? name }))
      expect(await verified(await printer.print(issueCertificate(signer, it), signer))).toMatchObject({ ok: true })
    }), { numRuns: 4 })
  })
})
