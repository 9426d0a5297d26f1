import { Command } from 'commander'
import { auditCheckpoint, auditKey, auditList, configureAuditCheckpoint, configureAuditKey, configureAuditList } from './commands/audit.ts'
import { auditExport, configureAuditExport } from './commands/audit-export.ts'
import { auditVerify, configureAuditVerify } from './commands/audit-verify.ts'
import { backup, configureBackup } from './commands/backup.ts'
import { certificateKey, certificateSave, configureCertificateKey, configureCertificateSave } from './commands/certificate.ts'
import { certificateVerify, configureCertificateVerify } from './commands/certificate-verify.ts'
import { configureDoctor, doctor } from './commands/doctor.ts'
import { configureDownload, download } from './commands/download.ts'
import { configureDuplicates, duplicates } from './commands/duplicates.ts'
import { configureExplain, explain } from './commands/explain.ts'
import * as flowRuns from './commands/flow-runs.ts'
import * as flows from './commands/flows.ts'
import { configureOcrLanguages, ocrLanguages } from './commands/ocr-languages.ts'
import * as grants from './commands/grant.ts'
import * as groups from './commands/groups.ts'
import * as holds from './commands/hold.ts'
import { configureInbox, inbox } from './commands/inbox.ts'
import { configureIngest, ingest } from './commands/ingest.ts'
import * as invitations from './commands/invite.ts'
import * as keys from './commands/keys.ts'
import { configureLogin, login } from './commands/login.ts'
import { configureLogout, logout } from './commands/logout.ts'
import { configureLs, ls } from './commands/ls.ts'
import * as members from './commands/members.ts'
import { configureOrgExport, orgExport } from './commands/org-export.ts'
import { configureOrgImport, orgImport } from './commands/org-import.ts'
import * as orgs from './commands/orgs.ts'
import * as password from './commands/password.ts'
import { configurePersonErase, configurePersonExport, personErase, personExport } from './commands/person.ts'
import * as plans from './commands/plan.ts'
import { configureReprocess, configureReprocessings, reprocess, reprocessings } from './commands/reprocess.ts'
import { configureRestore, restore } from './commands/restore.ts'
import { configureRm, rm } from './commands/rm.ts'
import * as retention from './commands/retention.ts'
import * as roles from './commands/roles.ts'
import { configureReindex, reindex } from './commands/reindex.ts'
import * as secondFactor from './commands/second-factor.ts'
import { configureSecondFactorTakeOff, secondFactorTakeOff } from './commands/second-factor-take-off.ts'
import * as sessions from './commands/sessions.ts'
import { configureSet, set } from './commands/set.ts'
import { configureShow, show } from './commands/show.ts'
import * as share from './commands/share.ts'
import * as sharePreset from './commands/share-preset.ts'
import * as signup from './commands/signup.ts'
import * as statistics from './commands/stats.ts'
import { configureTag, configureTags, tag, tags } from './commands/tag.ts'
import * as tasks from './commands/tasks.ts'
import * as uploadRequests from './commands/upload-request.ts'
import { configureVerify, verify } from './commands/verify.ts'
import { configureWatch, watch } from './commands/watch.ts'
import * as webhooks from './commands/webhooks.ts'
import { configureWhoami, whoami } from './commands/whoami.ts'
import { addAdministration } from './program-admin.ts'
import { addSearch } from './program-search.ts'
import type { Add } from './program.types.ts'
import { DEFAULT_URL, type CliContext, type CommonOptions, type Result } from './context.ts'

export type Work = (context: CliContext) => Promise<Result>
/** Called with what the command line asks for. */
export type OnCommand = (options: CommonOptions, work: Work) => Promise<void>

export type ProgramDeps = { readonly onCommand: OnCommand; readonly version: string; readonly writeOut: (text: string) => void }

/** The command line: names, arguments and options. What a command does stands in its own file. */
export function createProgram(deps: ProgramDeps): Command {
  const program = withCommon(new Command('intellidocs'))
    .description('Documents in, read, found again. Talks to an IntelliDocs installation.')
    .version(deps.version, '-V, --version', 'what this is')
    // An option belongs to the command it stands behind: `download --version 2` is not `--version`.
    .enablePositionalOptions()
    .showSuggestionAfterError()
  // Errors are written once, by whoever runs the program.
  program.exitOverride().configureOutput({ writeOut: deps.writeOut, writeErr: () => undefined })

  const add: Add = (name, configure, run) => {
    withCommon(configure(commandOf(program, name))).action(async (...given: unknown[]) => {
      const command = given.at(-1) as Command
      await deps.onCommand(command.optsWithGlobals<CommonOptions>(), (context) => run(context, command.args, command.opts()))
    })
  }
  addAccount(add)
  addDocuments(add)
  addOrganization(add)
  addAccess(add)
  addFlows(add)
  addRetention(add)
  addOperation(add)
  addAdministration(add)
  return program
}

function addAccount(add: Add): void {
  add('signup', signup.configureSignup, signup.signup)
  add('confirm-email', signup.configureConfirmEmail, signup.confirmEmail)
  add('login', configureLogin, login)
  add('logout', configureLogout, logout)
  add('whoami', configureWhoami, whoami)
  add('password change', password.configurePasswordChange, password.passwordChange)
  add('password forgotten', password.configurePasswordForgotten, password.passwordForgotten)
  add('password set', password.configurePasswordSet, password.passwordSet)
  add('sessions list', sessions.configureSessionsList, sessions.sessionsList)
  add('sessions revoke', sessions.configureSessionsRevoke, sessions.sessionsRevoke)
  add('second-factor begin', secondFactor.configureSecondFactorBegin, secondFactor.secondFactorBegin)
  add('second-factor confirm', secondFactor.configureSecondFactorConfirm, secondFactor.secondFactorConfirm)
  add('second-factor off', secondFactor.configureSecondFactorOff, secondFactor.secondFactorOff)
  add('second-factor take-off', configureSecondFactorTakeOff, secondFactorTakeOff)
  add('keys list', keys.configureKeysList, keys.keysList)
  add('keys create', keys.configureKeysCreate, keys.keysCreate)
  add('keys revoke', keys.configureKeysRevoke, keys.keysRevoke)
}

function addDocuments(add: Add): void {
  add('ingest', configureIngest, ingest)
  addSearch(add)
  add('ls', configureLs, ls)
  add('show', configureShow, show)
  add('duplicates', configureDuplicates, duplicates)
  add('tag', configureTag, tag)
  add('tags', configureTags, tags)
  add('set', configureSet, set)
  add('download', configureDownload, download)
  add('rm', configureRm, rm)
  add('restore', configureRestore, restore)
  add('reprocess', configureReprocess, reprocess)
  add('reprocessings', configureReprocessings, reprocessings)
  add('watch', configureWatch, watch)
  add('inbox', configureInbox, inbox)
}

function addOrganization(add: Add): void {
  add('orgs list', orgs.configureOrgsList, orgs.orgsList)
  add('orgs use', orgs.configureOrgsUse, orgs.orgsUse)
  add('orgs create', orgs.configureOrgsCreate, orgs.orgsCreate)
  add('orgs rename', orgs.configureOrgsRename, orgs.orgsRename)
  add('orgs transfer', orgs.configureOrgsTransfer, orgs.orgsTransfer)
  add('orgs leave', orgs.configureOrgsLeave, orgs.orgsLeave)
  add('orgs delete', orgs.configureOrgsDelete, orgs.orgsDelete)
  add('orgs undelete', orgs.configureOrgsUndelete, orgs.orgsUndelete)
  add('orgs export', configureOrgExport, orgExport)
  add('orgs import', configureOrgImport, orgImport)
  add('members list', members.configureMembersList, members.membersList)
  add('members role', members.configureMembersRole, members.membersRole)
  add('members suspend', members.configureMembersSuspend, members.membersSuspend)
  add('members resume', members.configureMembersResume, members.membersResume)
  add('members remove', members.configureMembersRemove, members.membersRemove)
  add('person export', configurePersonExport, personExport)
  add('person erase', configurePersonErase, personErase)
  add('invite send', invitations.configureInvite, invitations.invite)
  add('invite list', invitations.configureInviteList, invitations.inviteList)
  add('invite revoke', invitations.configureInviteRevoke, invitations.inviteRevoke)
  add('invite accept', invitations.configureInviteAccept, invitations.inviteAccept)
  add('groups list', groups.configureGroupsList, groups.groupsList)
  add('groups create', groups.configureGroupsCreate, groups.groupsCreate)
  add('groups rename', groups.configureGroupsRename, groups.groupsRename)
  add('groups delete', groups.configureGroupsDelete, groups.groupsDelete)
  add('groups members', groups.configureGroupsMembers, groups.groupsMembers)
  add('groups add', groups.configureGroupsAdd, groups.groupsAdd)
  add('groups remove', groups.configureGroupsRemove, groups.groupsRemove)
  add('roles list', roles.configureRolesList, roles.rolesList)
  add('roles create', roles.configureRolesCreate, roles.rolesCreate)
  add('roles update', roles.configureRolesUpdate, roles.rolesUpdate)
  add('roles delete', roles.configureRolesDelete, roles.rolesDelete)
}

function addAccess(add: Add): void {
  add('grant set', grants.configureGrant, grants.grant)
  add('grant list', grants.configureGrantList, grants.grantList)
  add('grant remove', grants.configureGrantRemove, grants.grantRemove)
  add('visibility', grants.configureVisibility, grants.visibility)
  add('ocr-languages', configureOcrLanguages, ocrLanguages)
  add('explain', configureExplain, explain)
  add('share list', share.configureShareList, share.shareList)
  add('share create', share.configureShareCreate, share.shareCreate)
  add('share update', share.configureShareUpdate, share.shareUpdate)
  add('share revoke', share.configureShareRevoke, share.shareRevoke)
  add('share activity', share.configureShareActivity, share.shareActivity)
  add('share policy', share.configureSharePolicy, share.sharePolicy)
  add('share-preset list', sharePreset.configureSharePresetList, sharePreset.sharePresetList)
  add('share-preset set', sharePreset.configureSharePresetSet, sharePreset.sharePresetSet)
  add('share-preset remove', sharePreset.configureSharePresetRemove, sharePreset.sharePresetRemove)
  add('upload-request list', uploadRequests.configureUploadRequestList, uploadRequests.uploadRequestList)
  add('upload-request create', uploadRequests.configureUploadRequestCreate, uploadRequests.uploadRequestCreate)
  add('upload-request revoke', uploadRequests.configureUploadRequestRevoke, uploadRequests.uploadRequestRevoke)
  add('webhooks list', webhooks.configureWebhooksList, webhooks.webhooksList)
  add('webhooks create', webhooks.configureWebhooksCreate, webhooks.webhooksCreate)
  add('webhooks pause', webhooks.configureWebhooksPause, webhooks.webhooksPause)
  add('webhooks resume', webhooks.configureWebhooksResume, webhooks.webhooksResume)
  add('webhooks secret', webhooks.configureWebhooksSecret, webhooks.webhooksSecret)
  add('webhooks delete', webhooks.configureWebhooksDelete, webhooks.webhooksDelete)
  add('webhooks test', webhooks.configureWebhooksTest, webhooks.webhooksTest)
  add('webhooks deliveries', webhooks.configureWebhooksDeliveries, webhooks.webhooksDeliveries)
  add('webhooks redeliver', webhooks.configureWebhooksRedeliver, webhooks.webhooksRedeliver)
  add('plan', plans.configurePlan, plans.plan)
  add('plans', plans.configurePlans, plans.plans)
  add('usage show', plans.configureUsage, plans.usage)
  add('usage verify', plans.configureUsageVerify, plans.usageVerify)
  add('audit list', configureAuditList, auditList)
  add('audit export', configureAuditExport, auditExport)
  add('audit verify', configureAuditVerify, auditVerify)
  add('audit key', configureAuditKey, auditKey)
  add('audit checkpoint', configureAuditCheckpoint, auditCheckpoint)
  add('certificate save', configureCertificateSave, certificateSave)
  add('certificate key', configureCertificateKey, certificateKey)
  add('certificate verify', configureCertificateVerify, certificateVerify)
}

function addFlows(add: Add): void {
  add('flows list', flows.configureFlowsList, flows.flowsList)
  add('flows show', flows.configureFlowsShow, flows.flowsShow)
  add('flows apply', flows.configureFlowsApply, flows.flowsApply)
  add('flows simulate', flows.configureFlowsSimulate, flows.flowsSimulate)
  add('flows archive', flows.configureFlowsArchive, flows.flowsArchive)
  add('flows start', flowRuns.configureFlowsStart, flowRuns.flowsStart)
  add('flows runs', flowRuns.configureFlowsRuns, flowRuns.flowsRuns)
  add('flows run', flowRuns.configureFlowsRun, flowRuns.flowsRun)
  add('flows withdraw', flowRuns.configureFlowsWithdraw, flowRuns.flowsWithdraw)
  add('flows reassign', flowRuns.configureFlowsReassign, flowRuns.flowsReassign)
  add('tasks', tasks.configureTasks, tasks.tasks)
  add('approve', tasks.configureApprove, tasks.approve)
  add('reject', tasks.configureReject, tasks.reject)
  add('delegate', tasks.configureDelegate, tasks.delegate)
  add('delegations list', tasks.configureDelegations, tasks.delegations)
  add('delegations revoke', tasks.configureDelegationsRevoke, tasks.delegationsRevoke)
}

function addRetention(add: Add): void {
  add('hold list', holds.configureHoldList, holds.holdList)
  add('hold place', holds.configureHoldPlace, holds.holdPlace)
  add('hold release', holds.configureHoldRelease, holds.holdRelease)
  add('retention rules', retention.configureRules, retention.rules)
  add('retention set', retention.configureRuleSet, retention.ruleSet)
  add('retention remove', retention.configureRuleRemove, retention.ruleRemove)
  add('retention trash', retention.configureTrash, retention.trash)
  add('retention due', retention.configureDue, retention.due)
  add('retention release', retention.configureRelease, retention.release)
  add('tombstones', retention.configureTombstones, retention.tombstones)
}

function addOperation(add: Add): void {
  add('stats show', statistics.configureStats, statistics.stats)
  add('stats settings', statistics.configureStatsSettings, statistics.statsSettings)
  add('doctor', configureDoctor, doctor)
  add('verify', configureVerify, verify)
  add('backup', configureBackup, backup)
  add('reindex', configureReindex, reindex)
}

/** What commands of two words have in common, by the first, and which of them is meant where the second is left out. */
const families: Record<string, { readonly about: string; readonly without: string; readonly usage?: string; readonly alias?: string }> = {
  password: { about: 'your password: change it, or set a new one by mail', without: 'change' },
  sessions: { about: 'where you are signed in: list, revoke', without: 'list' },
  'second-factor': { about: 'ask for a code of an app at sign-in: begin, confirm, off, take-off', without: 'begin' },
  keys: { about: 'API keys for programs: list, create, revoke', without: 'list' },
  orgs: { about: 'your organizations: list, choose, make, rename, give away, delete; on the server: export, import', without: 'list', alias: 'org' },
  members: { about: 'who belongs to the organization: list, role, suspend, resume, remove', without: 'list' },
  person: { about: 'what is held about one person: export it, erase it', without: 'export', usage: '[person]' },
  invite: { about: 'invite somebody into the organization; list, revoke and accept invitations', without: 'send', usage: '<email>' },
  groups: { about: 'groups of members: list, create, add and remove people', without: 'list' },
  roles: { about: 'roles and what each may: list, create, update, delete', without: 'list' },
  grant: { about: 'give access to a document or folder; list and remove grants', without: 'set', usage: '<target> <principal> <level>' },
  share: { about: 'public links: list, create, update and revoke them, see who opened them, and what the organization allows', without: 'list' },
  'share-preset': { about: 'settings for public links that the organization keeps under a name: list, set, remove', without: 'list' },
  certificate: { about: 'what a run of a flow came to, signed: save it, verify it, get the key', without: 'verify', usage: '<file>' },
  flows: { about: 'approval flows: list, show, apply, simulate and archive them; start, list and withdraw their runs', without: 'list' },
  delegations: { about: 'who stands in for whom: list, revoke', without: 'list' },
  'upload-request': { about: 'links by which others hand files into a folder: list, create, revoke', without: 'list' },
  webhooks: { about: 'tell programs elsewhere what happens: list, create, pause, resume, secret, delete, test, deliveries, redeliver', without: 'list' },
  stats: { about: 'figures of the organization: overview, documents, processing, flows, search, sharing, usage; settings', without: 'show', usage: '[what]' },
  retention: { about: 'how long documents are kept, and when they go: rules, set, remove, trash, due, release', without: 'rules' },
  hold: { about: 'legal holds, which keep documents from every deletion: list, place, release', without: 'list' },
  admin: { about: 'for administrators of the installation: its organizations, accounts, work, settings and audit', without: 'orgs' },
  support: { about: 'let administrators of the installation read for a time: grant, list, revoke', without: 'list' },
  views: { about: 'searches that are kept under a name: list, save, delete', without: 'list' },
  usage: { about: 'what the organization uses, against its plan: show, verify', without: 'show' },
  audit: { about: 'who did what: list, export and verify the audit', without: 'list' },
}

/** `audit list` stands below `audit`, which is made with its first command. */
function commandOf(program: Command, name: string): Command {
  const [first = '', second] = name.split(' ')
  if (second === undefined) return program.command(first)
  const family = families[first]
  const parent = program.commands.find((command) => command.name() === first) ?? familyOf(program, first)
  return parent.command(second, { isDefault: family?.without === second })
}

function familyOf(program: Command, name: string): Command {
  const family = families[name]
  const parent = withCommon(program.command(name)).description(family?.about ?? '').enablePositionalOptions()
  if (family?.alias !== undefined) parent.alias(family.alias)
  return family?.usage === undefined ? parent : parent.usage(`[options] ${family.usage}\n       intellidocs ${name} [options] [command]`)
}

const withCommon = (command: Command): Command => command
  .option('--json', 'one JSON value on stdout and nothing else')
  .option('--url <url>', `the installation (default: the one signed in to last, else ${DEFAULT_URL})`)
  .option('--org <org>', 'the organization, by id or short name')
