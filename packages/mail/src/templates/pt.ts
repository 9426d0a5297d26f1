import type { Language } from './template.ts'

const notYou = 'Se não foi você, altere já a sua palavra-passe e avise quem gere esta instalação.'

export const portuguese: Language = {
  formats: 'pt-PT',
  values: {
    what: {
      task_assigned: 'Uma tarefa para si', task_reminder: 'Uma tarefa espera por si', tasks_overdue: 'Tarefas fora de prazo', run_ended: 'Decidido',
      mentioned: 'Foi mencionado', version_wanted: 'É pedida outra versão', shared: 'Partilhado consigo', processing_failed: 'Não foi possível ler',
      webhook_paused: 'Um webhook foi suspenso', link_opened: 'A sua ligação foi aberta', files_received: 'Chegaram ficheiros pela sua ligação',
      quota_near: 'Um limite do plano está próximo',
    },
    change: { 'on': 'foi ativado', 'off': 'foi desativado', 'taken-off': 'foi retirado por quem gere esta instalação, com o fim das suas sessões,', 'recovery-codes': 'tem novos códigos de recuperação' },
  },
  templates: {
    'verify-email': {
      subject: 'Confirme o seu endereço de e-mail',
      before: ['Olá {{name}},', 'alguém, esperamos que você, abriu uma conta IntelliDocs com este endereço. Confirme que é seu:'],
      action: 'Confirmar este endereço',
      after: [
        'A ligação funciona uma só vez, até {{expiresAt}}. Se não a conseguir abrir, este código faz o mesmo:', '{{token}}',
        'Se não foi você, não faça nada: sem a confirmação ninguém pode usar a conta.',
      ],
    },
    'account-exists': {
      subject: 'Já tem uma conta',
      before: [
        'Olá {{name}},', 'alguém tentou abrir uma conta IntelliDocs com este endereço, que já tem uma. Se foi você, inicie sessão ou peça aí uma nova palavra-passe:',
      ],
      action: 'Iniciar sessão',
      after: ['Se não foi você, não faça nada: a sua conta está como estava.'],
    },
    'reset-password': {
      subject: 'Escolha uma nova palavra-passe',
      before: ['Olá {{name}},', 'alguém, esperamos que você, pediu uma nova palavra-passe para a sua conta. Escolha-a aqui:'],
      action: 'Escolher uma nova palavra-passe',
      after: [
        'A ligação funciona uma só vez, até {{expiresAt}}. Se não a conseguir abrir, este código faz o mesmo:', '{{token}}',
        'Se não foi você, não faça nada: a sua palavra-passe fica como está.',
      ],
    },
    'password-changed': {
      subject: 'A sua palavra-passe foi alterada',
      before: ['Olá {{name}},', 'a palavra-passe da sua conta foi alterada em {{at}}.', notYou],
      action: 'Abrir o IntelliDocs',
      after: [],
    },
    'new-device': {
      subject: 'Início de sessão num novo dispositivo',
      before: ['Olá {{name}},', 'alguém iniciou sessão na sua conta em {{at}} com {{device}}, a partir do endereço {{address}}.', notYou],
      action: 'Ver as suas sessões',
      after: ['Se foi você, não precisa de fazer nada.'],
    },
    'second-factor-changed': {
      subject: 'O segundo fator da sua conta mudou',
      before: ['Olá {{name}},', 'o segundo fator da sua conta {{change}} em {{at}}.', notYou],
      action: 'Abrir o IntelliDocs',
      after: [],
    },
    'api-key-created': {
      subject: 'Uma nova chave de API: {{keyName}}',
      before: ['Olá {{name}},', 'a chave de API "{{keyName}}" foi criada para a sua conta na organização {{orgName}} em {{at}}. Os programas que a têm agem em seu nome.'],
      action: 'Ver as suas chaves',
      after: ['Se não foi você, revogue a chave e altere já a sua palavra-passe.'],
    },
    'invitation': {
      subject: '{{inviter}} convida-o para {{orgName}}',
      before: ['Olá,', '{{inviter}} convida-o para a organização {{orgName}} no IntelliDocs.'],
      action: 'Aceitar o convite',
      after: [
        'A ligação funciona uma só vez, até {{expiresAt}}. Se não a conseguir abrir, este código faz o mesmo:', '{{token}}',
        'Se não sabe porque foi convidado, não faça nada.',
      ],
    },
    'share-code': {
      subject: 'O seu código para uma ligação',
      before: ['Olá,', 'alguém, esperamos que tenha sido você, quer abrir uma ligação destinada a este endereço. Escreva este código onde a ligação o pede:', '{{code}}'],
      action: 'IntelliDocs',
      after: ['O código serve uma vez, até {{expiresAt}}. Se não foi você, não faça nada e não o diga a ninguém.'],
    },
    'account-deleted': {
      subject: 'A sua conta foi eliminada',
      before: ['Olá {{name}},', 'a sua conta foi eliminada em {{at}}. O que pertencia a uma organização fica com ela. Este é o último e-mail sobre ela para este endereço.'],
      action: 'IntelliDocs',
      after: ['Se não foi você, avise quem gere esta instalação.'],
    },
    'org-deletion-scheduled': {
      subject: '{{orgName}} vai ser eliminada',
      before: ['Olá {{name}},', '{{by}} pediu que a organização {{orgName}} fosse eliminada. Em {{at}} os seus documentos e tudo o resto desaparecem para sempre. Até lá, um proprietário pode voltar atrás.'],
      action: 'Abrir o IntelliDocs',
      after: [],
    },
    'notification': {
      subject: '{{what}} — {{title}}',
      before: ['Olá {{name}},', 'na organização {{orgName}} há algo para si. {{what}}: {{title}}'],
      action: 'Abrir o IntelliDocs',
      after: [],
      leave: 'Não receber mais e-mails deste tipo',
    },
    'upload-receipt': {
      subject: 'Recebido: {{count}} para {{orgName}}',
      before: ['Olá,', 'a organização {{orgName}} recebeu estes ficheiros por uma ligação, de alguém que indicou este endereço, em {{at}} ({{count}}):'],
      item: '{{title}}, {{size}} bytes, SHA-256 {{sha256}}',
      action: 'IntelliDocs',
      after: ['Guarde este e-mail: pelo SHA-256 de um ficheiro qualquer pessoa verifica que é o mesmo. Se não entregou nada, não faça nada.'],
    },
    'digest': {
      subject: 'Novidades para si em {{orgName}}: {{count}}',
      before: ['Olá {{name}},', 'estas são as suas novidades na organização {{orgName}} ({{count}}):'],
      item: '{{what}}: {{title}}',
      action: 'Abrir o IntelliDocs',
      after: ['As mais recentes estão aqui; todas estão na sua caixa de entrada.'],
      leave: 'Não receber mais estes resumos',
    },
  },
}
