import type { OrgId } from '@intellidocs/contracts'
import { noSource, platformActor, type Actor, type Person } from '@intellidocs/kernel'

/** Somebody who proved to administer the installation; the caller sees to that. */
export type Administrator = Pick<Person, 'userId' | 'requestId' | 'source'>

/** The same person as the organization's history names them: whence they came is the installation's business. */
export const administering = ({ userId, requestId }: Administrator, orgId: OrgId): Actor => ({ ...platformActor({ userId, requestId, source: noSource }), orgId })
