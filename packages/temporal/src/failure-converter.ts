import { DefaultFailureConverter } from '@temporalio/common'

/**
 * Messages and stacks of failures are plain text unless they are made payloads, which the codec then seals.
 * Loaded by its path in worker, client and bundle.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true })
