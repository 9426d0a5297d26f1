import * as audit from './commands/admin-audit.ts'
import * as installation from './commands/admin-installation.ts'
import * as orgs from './commands/admin-orgs.ts'
import * as check from './commands/admin-verify.ts'
import * as users from './commands/admin-users.ts'
import * as work from './commands/admin-work.ts'
import * as webhooks from './commands/admin-webhooks.ts'
import * as keys from './commands/admin-keys.ts'
import * as switches from './commands/admin-switches.ts'
import * as support from './commands/support.ts'
import type { Add } from './program.types.ts'

/** What administrators of the installation do. */
export function addAdministration(add: Add): void {
  add('admin orgs', orgs.configureAdminOrgs, orgs.adminOrgs)
  add('admin org', orgs.configureAdminOrg, orgs.adminOrg)
  add('admin create-org', orgs.configureAdminCreateOrg, orgs.adminCreateOrg)
  add('admin suspend-org', orgs.configureAdminSuspendOrg, orgs.adminSuspendOrg)
  add('admin resume-org', orgs.configureAdminResumeOrg, orgs.adminResumeOrg)
  add('admin delete-org', orgs.configureAdminDeleteOrg, orgs.adminDeleteOrg)
  add('admin restore-org', orgs.configureAdminRestoreOrg, orgs.adminRestoreOrg)
  add('admin users', users.configureAdminUsers, users.adminUsers)
  add('admin user', users.configureAdminUser, users.adminUser)
  add('admin suspend-user', users.configureAdminSuspendUser, users.adminSuspendUser)
  add('admin resume-user', users.configureAdminResumeUser, users.adminResumeUser)
  add('admin sign-out', users.configureAdminSignOut, users.adminSignOut)
  add('admin reset-factor', users.configureAdminResetFactor, users.adminResetFactor)
  add('admin resets', users.configureAdminResets, users.adminResets)
  add('admin approve-reset', users.configureAdminApproveReset, users.adminApproveReset)
  add('admin refuse-reset', users.configureAdminRefuseReset, users.adminRefuseReset)
  add('admin audit', audit.configureAdminAudit, audit.adminAudit)
  add('admin verify-audit', audit.configureAdminVerifyAudit, audit.adminVerifyAudit)
  add('admin plan', installation.configureAdminPlan, installation.adminPlan)
  add('admin jobs', work.configureAdminJobs, work.adminJobs)
  add('admin retry-jobs', work.configureAdminRetryJobs, work.adminRetryJobs)
  add('admin cancel-jobs', work.configureAdminCancelJobs, work.adminCancelJobs)
  add('admin parked', work.configureAdminParked, work.adminParked)
  add('admin release-parked', work.configureAdminReleaseParked, work.adminReleaseParked)
  add('admin drop-parked', work.configureAdminDropParked, work.adminDropParked)
  add('admin webhooks', webhooks.configureAdminWebhooks, webhooks.adminWebhooks)
  add('admin release-webhooks', webhooks.configureAdminReleaseWebhooks, webhooks.adminReleaseWebhooks)
  add('admin drop-webhooks', webhooks.configureAdminDropWebhooks, webhooks.adminDropWebhooks)
  add('admin switches', switches.configureAdminSwitches, switches.adminSwitches)
  add('admin switch', switches.configureAdminSwitch, switches.adminSwitch)
  add('admin keys', keys.configureAdminKeys, keys.adminKeys)
  add('admin reseal', keys.configureAdminReseal, keys.adminReseal)
  add('admin verify', check.configureAdminVerify, check.adminVerify)
  add('admin health', installation.configureAdminHealth, installation.adminHealth)
  add('admin read-only', installation.configureAdminReadOnly, installation.adminReadOnly)
  add('admin banner', installation.configureAdminBanner, installation.adminBanner)
  add('admin support', installation.configureAdminSupport, installation.adminSupport)
  add('admin open-support', installation.configureAdminOpenSupport, installation.adminOpenSupport)
  add('support grant', support.configureSupportGrant, support.supportGrant)
  add('support list', support.configureSupportList, support.supportList)
  add('support revoke', support.configureSupportRevoke, support.supportRevoke)
}
