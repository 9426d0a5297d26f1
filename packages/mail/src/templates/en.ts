import type { Language } from './template.ts'

const notYou = 'If this was not you, change your password at once and tell whoever runs this installation.'

export const english: Language = {
  formats: 'en-GB',
  values: {
    what: {
      task_assigned: 'A task for you', task_reminder: 'A task waits for you', tasks_overdue: 'Tasks past their time', run_ended: 'Decided',
      mentioned: 'You were mentioned', version_wanted: 'Another version is wanted', shared: 'Shared with you', processing_failed: 'Could not be read',
      webhook_paused: 'A webhook was paused', link_opened: 'Your link was opened', files_received: 'Files came by your link',
      quota_near: 'A limit of the plan is near',
    },
    change: { 'on': 'was switched on', 'off': 'was switched off', 'taken-off': 'was taken off by whoever runs this installation, and your sessions were ended,', 'recovery-codes': 'has new recovery codes' },
  },
  templates: {
    'verify-email': {
      subject: 'Confirm your e-mail address',
      before: ['Hello {{name}},', 'somebody, we hope you, has opened an IntelliDocs account with this address. Confirm that it is yours:'],
      action: 'Confirm this address',
      after: [
        'The link works once, until {{expiresAt}}. Where it cannot be opened, this code does the same:', '{{token}}',
        'If this was not you, do nothing: without the confirmation nobody can use the account.',
      ],
    },
    'account-exists': {
      subject: 'You already have an account',
      before: [
        'Hello {{name}},', 'somebody has tried to open an IntelliDocs account with this address, which has one already. If this was you, sign in, or ask for a new password there:',
      ],
      action: 'Sign in',
      after: ['If this was not you, do nothing: your account is as it was.'],
    },
    'reset-password': {
      subject: 'Choose a new password',
      before: ['Hello {{name}},', 'somebody, we hope you, has asked for a new password for your account. Choose it here:'],
      action: 'Choose a new password',
      after: [
        'The link works once, until {{expiresAt}}. Where it cannot be opened, this code does the same:', '{{token}}',
        'If this was not you, do nothing: your password stays as it is.',
      ],
    },
    'password-changed': {
      subject: 'Your password was changed',
      before: ['Hello {{name}},', 'the password of your account was changed on {{at}}.', notYou],
      action: 'Open IntelliDocs',
      after: [],
    },
    'new-device': {
      subject: 'A sign-in from a new device',
      before: ['Hello {{name}},', 'somebody signed in to your account on {{at}} with {{device}}, from the address {{address}}.', notYou],
      action: 'Look at your sessions',
      after: ['If it was you, there is nothing to do.'],
    },
    'second-factor-changed': {
      subject: 'The second factor of your account changed',
      before: ['Hello {{name}},', 'the second factor of your account {{change}} on {{at}}.', notYou],
      action: 'Open IntelliDocs',
      after: [],
    },
    'api-key-created': {
      subject: 'A new API key: {{keyName}}',
      before: ['Hello {{name}},', 'the API key "{{keyName}}" was made for your account in the organization {{orgName}} on {{at}}. Programs that have it act in your name.'],
      action: 'Look at your keys',
      after: ['If this was not you, revoke the key and change your password at once.'],
    },
    'invitation': {
      subject: '{{inviter}} invites you to {{orgName}}',
      before: ['Hello,', '{{inviter}} invites you to the organization {{orgName}} on IntelliDocs.'],
      action: 'Accept the invitation',
      after: [
        'The link works once, until {{expiresAt}}. Where it cannot be opened, this code does the same:', '{{token}}',
        'If you do not know why you were invited, do nothing.',
      ],
    },
    'share-code': {
      subject: 'Your code for a link',
      before: ['Hello,', 'somebody, we hope you, wants to open a link that is meant for this address. Type this code where the link asks for it:', '{{code}}'],
      action: 'IntelliDocs',
      after: ['The code works once, until {{expiresAt}}. If this was not you, do nothing, and tell it nobody.'],
    },
    'account-deleted': {
      subject: 'Your account was deleted',
      before: ['Hello {{name}},', 'your account was deleted on {{at}}. What belonged to an organization stays with it. This is the last mail to this address about it.'],
      action: 'IntelliDocs',
      after: ['If this was not you, tell whoever runs this installation.'],
    },
    'org-deletion-scheduled': {
      subject: '{{orgName}} is going to be deleted',
      before: ['Hello {{name}},', '{{by}} has asked for the organization {{orgName}} to be deleted. On {{at}} its documents and everything else of it will be gone for good. Until then an owner can take this back.'],
      action: 'Open IntelliDocs',
      after: [],
    },
    'notification': {
      subject: '{{what}}: {{title}}',
      before: ['Hello {{name}},', 'in the organization {{orgName}} there is something for you. {{what}}: {{title}}'],
      action: 'Open IntelliDocs',
      after: [],
      leave: 'No more mail of this kind',
    },
    'upload-receipt': {
      subject: 'Received: {{count}} for {{orgName}}',
      before: ['Hello,', 'the organization {{orgName}} received these files by a link, from somebody who gave this address, on {{at}} ({{count}}):'],
      item: '{{title}}, {{size}} bytes, SHA-256 {{sha256}}',
      action: 'IntelliDocs',
      after: ['Keep this mail: by the SHA-256 of a file anybody can tell that it is the same. If you handed nothing in, do nothing.'],
    },
    'digest': {
      subject: 'News for you in {{orgName}}: {{count}}',
      before: ['Hello {{name}},', 'this is new for you in the organization {{orgName}} ({{count}}):'],
      item: '{{what}}: {{title}}',
      action: 'Open IntelliDocs',
      after: ['The newest are named here; all are in your inbox.'],
      leave: 'No more of these digests',
    },
  },
}
