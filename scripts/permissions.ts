// `npm run permissions`: writes docs/permissions.md.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { permissionsDocument } from '../tests/tenancy/matrix/document.ts'
import { listProcedures } from '../tests/tenancy/matrix/procedures.ts'

await writeFile(join(import.meta.dirname, '..', 'docs', 'permissions.md'), permissionsDocument(listProcedures()))
