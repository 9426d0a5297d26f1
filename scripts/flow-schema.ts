// `npm run flow-schema`: writes docs/schemas/flow.schema.json.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { flowContract } from '@intellidocs/contracts'

await writeFile(join(import.meta.dirname, '..', 'docs', 'schemas', 'flow.schema.json'), `${JSON.stringify(flowContract.flowJsonSchema(), null, 2)}\n`)
