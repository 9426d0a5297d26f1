export { FencedError, type PassageBatch, type PassageIndex, type PassageStage } from '@intellidocs/kernel'
