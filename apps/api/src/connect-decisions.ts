import { isOperatorSentence } from '@intellidocs/domain'
import { createRunsGateway } from '@intellidocs/domain/workflows/gateway'
import type { Config } from '@intellidocs/kernel'
import { connectLazily, createDataConverter } from '@intellidocs/temporal'
import type { Connected } from './lazy-decisions.ts'

/** Loaded when the first decision is made (`lazy-decisions.ts`). */
export async function connectDecisions({ temporal, secretKey, oldSecretKeys }: Pick<Config, 'temporal' | 'secretKey' | 'oldSecretKeys'>): Promise<Connected> {
  const dataConverter = createDataConverter({ current: secretKey, older: oldSecretKeys, isSentence: isOperatorSentence })
  const { client, close } = await connectLazily(temporal, dataConverter)
  return { gateway: createRunsGateway(client), close }
}
