import { expect, test } from 'vitest'
import type { FileKind } from '@intellidocs/contracts'
import { isWanted, kindOf, LOOKED_AT_BYTES } from './kinds.policy.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

test.each<[string, Buffer, FileKind | null]>([
  ['a PDF', bytes('%PDF-1.7\n'), 'pdf'],
  ['a PDF behind what a printer put before it', bytes(`\x1b%-12345X@PJL\n%PDF-1.4`), 'pdf'],
  ['PNG', bytes('\x89PNG\r\n\x1a\n\0\0'), 'image'],
  ['JPEG', bytes('\xff\xd8\xff\xe0'), 'image'],
  ['TIFF', bytes('II*\0'), 'image'],
  ['WebP', bytes('RIFF\0\0\0\0WEBPVP8 '), 'image'],
  ['a wave', bytes('RIFF\0\0\0\0WAVEfmt '), null],
  ['OOXML', bytes('PK\x03\x04................[Content_Types].xml'), 'office'],
  ['OpenDocument', bytes(`PK\x03\x04${'\0'.repeat(26)}mimetypeapplication/vnd.oasis.opendocument.text`), 'office'],
  ['some other archive', bytes('PK\x03\x04................virus.exe'), null],
  ['an old office file', bytes('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), 'office'],
  ['mail', bytes('Received: from a by b\r\nSubject: c\r\n\r\nd'), 'mail'],
  ['text', Buffer.from('Olá, mundo'), 'text'],
  ['text whose last letter the look divides', Buffer.from(`a${'é'.repeat(LOOKED_AT_BYTES)}`).subarray(0, LOOKED_AT_BYTES), 'text'],
  ['a program', bytes('MZ\x90\0\x03'), null],
  ['nothing', bytes(''), null],
])('%s is told by its bytes', (_what, head, kind) => {
  expect(kindOf({ head, tail: head })).toBe(kind)
})

test('an office file may name its parts at its end', () => {
  expect(kindOf({ head: bytes('PK\x03\x04 word/document.xml'), tail: bytes('PK\x01\x02 [Content_Types].xml') })).toBe('office')
})

test('without a choice every kind is wanted, and with one what is none of the kinds is not', () => {
  expect([isWanted(null, null), isWanted(['pdf'], 'pdf'), isWanted(['pdf'], null), isWanted(['pdf'], 'text'), isWanted(['text'], 'mail'), isWanted(['mail'], 'text')])
    .toEqual([true, true, false, false, true, false])
})
