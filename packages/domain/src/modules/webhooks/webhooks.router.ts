import { webhooksContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid, switchedBy } from '@intellidocs/kernel'
import type { DeliveriesService } from './deliveries.service.ts'
import type { EndpointsService } from './endpoints.service.ts'

const manage = orgProcedure.meta(may('webhooks', 'manage'))

export const createWebhooksRouter = ({ endpoints, deliveries }: { endpoints: EndpointsService; deliveries: DeliveriesService }) => router({
  endpoints: router({
    create: manage.meta(switchedBy('webhooks')).input(contract.createEndpoint.input).output(contract.createEndpoint.output)
      .mutation(({ ctx, input }) => endpoints.create(ctx.actor, input)),
    list: manage.input(contract.listEndpoints.input).output(contract.listEndpoints.output)
      .query(({ ctx, input }) => endpoints.list(ctx.actor, input)),
    update: manage.input(contract.updateEndpoint.input).output(contract.updateEndpoint.output)
      .mutation(({ ctx, input }) => endpoints.update(ctx.actor, input)),
    delete: manage.meta(whileUnpaid('deleting')).input(contract.deleteEndpoint.input).output(contract.deleteEndpoint.output)
      .mutation(({ ctx, input }) => endpoints.remove(ctx.actor, input)),
    rotateSecret: manage.meta(whileUnpaid('protecting')).input(contract.rotateSecret.input).output(contract.rotateSecret.output)
      .mutation(({ ctx, input }) => endpoints.rotateSecret(ctx.actor, input)),
    test: manage.meta(switchedBy('webhooks')).input(contract.testEndpoint.input).output(contract.testEndpoint.output)
      .mutation(({ ctx, input }) => endpoints.test(ctx.actor, input)),
  }),
  deliveries: router({
    list: manage.input(contract.listDeliveries.input).output(contract.listDeliveries.output)
      .query(({ ctx, input }) => deliveries.list(ctx.actor, input)),
    redeliver: manage.meta(switchedBy('webhooks')).input(contract.redeliver.input).output(contract.redeliver.output)
      .mutation(({ ctx, input }) => deliveries.redeliver(ctx.actor, input)),
  }),
})
