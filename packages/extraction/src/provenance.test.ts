import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { engineVersions, provenanceOf, recognizedBy } from './provenance.ts'
import { formats } from './types.ts'

/** Not all packages show their package.json to others. */
function installedVersion(name: string): string {
  for (let folder = dirname(createRequire(import.meta.url).resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string; version?: string }
      if (found.name === name && found.version !== undefined) return found.version
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  throw new Error(`${name} is not installed`)
}

test('the versions that pages are said to be read by are those that are installed', () => {
  const installed = Object.fromEntries(Object.keys(engineVersions).map((name) => [name, installedVersion(name)]))
  expect(installed).toEqual(engineVersions)
})

test('each format names its adapter, an engine and a version', () => {
  for (const format of formats) {
    expect(provenanceOf(format)).toEqual({ extractor: expect.stringMatching(/^[a-z]+$/), engine: expect.stringMatching(/^[a-z\d-]+$/), model: null, version: expect.stringMatching(/^\d[\d.]*(\+\d+)?$/) })
  }
  expect(provenanceOf('pdf')).toMatchObject({ extractor: 'pdf', engine: 'pdfium' })
  expect(recognizedBy('image/png', { engine: 'tesseract', version: '5.3.0', languages: ['eng', 'por'] }))
    .toEqual({ extractor: 'image', engine: 'tesseract', model: 'eng+por', version: '5.3.0' })
})
