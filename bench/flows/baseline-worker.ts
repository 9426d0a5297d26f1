// The worker of the baseline of bench:flows, a process of its own like the product's: `node baseline-worker.ts ADDRESS NAMESPACE`.
import { fileURLToPath } from 'node:url'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'

const QUEUE = 'bench-empty'

const [address = '', namespace = ''] = process.argv.slice(2)
Runtime.install({ logger: new DefaultLogger('WARN') })
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection, namespace, taskQueue: QUEUE, workflowsPath: fileURLToPath(new URL('empty.workflow.ts', import.meta.url)),
  activities: { nothing: () => Promise.resolve() },
})
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
await worker.run()
await connection.close()
