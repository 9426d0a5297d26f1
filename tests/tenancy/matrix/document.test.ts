import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { permissionsDocument } from './document.ts'
import { listProcedures } from './procedures.ts'

test('every procedure is in the table, and docs/permissions.md is what it says: if not, npm run permissions', () => {
  const written = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'permissions.md'), 'utf8')
  expect(written).toBe(permissionsDocument(listProcedures()))
})
