import { describe, expect, test } from 'vitest'
import { decodeFileName, parseUploadRequest, readUploadHeaders, readUploadMetadata } from './upload-request.ts'

describe('file names in a header', () => {
  test.each([
    ['plain.pdf', 'plain.pdf'],
    ["UTF-8''na%C3%AFve%20%E6%97%A5.pdf", 'naïve 日.pdf'],
    ["utf-8'en'caf%C3%A9.txt", 'café.txt'],
    ['caf%C3%A9.txt', 'café.txt'],
    ['100% sure.txt', '100% sure.txt'],
    [Buffer.from('日本.txt', 'utf8').toString('latin1'), '日本.txt'],
    ['caf\u00e9.txt', 'café.txt'],
    ['..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
  ])('%j means %j', (header, name) => {
    expect(decodeFileName(header)).toBe(name)
  })
})

describe('what an upload asks for', () => {
  test('a name is brought into NFC, and what is left out has its default', () => {
    expect(parseUploadRequest({ name: 'cafe\u0301.txt' })).toEqual({ name: 'café.txt', folderId: null, idempotencyKey: null, onDuplicate: 'create' })
  })

  test('the top folder can be named, and a checksum may be in capitals', () => {
    const sha256 = 'AB'.repeat(32)
    expect(parseUploadRequest({ name: 'a', folderId: 'root', sha256 })).toMatchObject({ folderId: null, sha256: sha256.toLowerCase() })
  })

  test.each([
    ['no name', {}], ['an empty name', { name: '' }], ['a line break in the name', { name: 'a\nb' }], ['a NUL in the name', { name: 'a\0b' }],
    ['a name of 301 characters', { name: 'x'.repeat(301) }], ['a folder that is no id', { name: 'a', folderId: '../x' }],
    ['a key with a line break', { name: 'a', idempotencyKey: 'a\nb' }], ['a key of 201 characters', { name: 'a', idempotencyKey: 'k'.repeat(201) }],
    ['another word for duplicates', { name: 'a', onDuplicate: 'overwrite' }], ['a checksum that is none', { name: 'a', sha256: 'abc' }],
    ['a language that is none', { name: 'a', ocrLanguages: 'eng,../rus' }], ['nine languages', { name: 'a', ocrLanguages: Array.from({ length: 9 }, () => 'eng').join() }],
  ])('%s is refused', (_what, raw) => {
    expect(() => parseUploadRequest(raw)).toThrow(expect.objectContaining({ code: 'input.invalid' }))
  })

  test('languages come with commas between them, in a header, a form or metadata', () => {
    expect(parseUploadRequest({ name: 'a', ocrLanguages: 'rus, chi_sim,auto' })).toMatchObject({ ocrLanguages: ['rus', 'chi_sim', 'auto'] })
    expect([readUploadHeaders({ 'x-ocr-languages': 'ell' }).ocrLanguages, readUploadMetadata({ ocrLanguages: 'ell' }).ocrLanguages]).toEqual(['ell', 'ell'])
  })

  test('metadata of a resumable upload is read by the names its clients use', () => {
    expect(parseUploadRequest(readUploadMetadata({ filename: 'a.txt', onDuplicate: 'return', filetype: 'text/plain', idempotencyKey: 'k' })))
      .toEqual({ name: 'a.txt', folderId: null, idempotencyKey: 'k', onDuplicate: 'return' })
  })
})
