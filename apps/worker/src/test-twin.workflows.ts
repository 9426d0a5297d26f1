import { proxyActivities } from '@temporalio/workflow'
import { documentProcessing as present, type DocumentProcessingInput } from '@intellidocs/domain/documents/workflow'

const { greet } = proxyActivities<{ greet(): Promise<void> }>({ startToCloseTimeout: '1 minute' })

/** The workflow with a step more at its beginning and no `patched`: what the replay of recorded histories is there to catch. Only for that test. */
export async function documentProcessing(input: DocumentProcessingInput): Promise<unknown> {
  await greet()
  return present(input)
}
