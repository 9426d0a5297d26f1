export { createNotificationsModule, type NotificationsDeps } from './notifications.module.ts'
