// node apps/worker/src/commands/bundle.ts FILE: builds the workflow bundle into FILE.
import { rename, writeFile } from 'node:fs/promises'
import { failureConverterPath } from '@intellidocs/temporal'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { workflowsPath } from '../temporal/bundle.ts'

const target = process.argv[2]
if (target === undefined) throw new Error('name the file to write')
const { code } = await bundleWorkflowCode({ workflowsPath, failureConverterPath, logger: new DefaultLogger('ERROR') })
// Under its name only when it is whole: another worker may be starting at the same time.
const half = `${target}.${process.pid}`
await writeFile(half, code)
await rename(half, target)
