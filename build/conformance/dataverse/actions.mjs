// actions checks functions, actions and Dataverse search.
import { check, equal, refused } from './check.mjs'
import { aCase, as, me, mine, ofSomebody, role } from './client.mjs'

export async function actions() {
  await check('the custom action of a rule keeps its contract', async () => {
    const got = await mine.callAction({ actionName: 'contoso_SuggestOnCall', action: { EntityLogicalName: 'incident', Recordid: aCase, CustomActionInputs: '{}' } })
    const people = JSON.parse(got.CustomActionSuggestedUsers)
    if (!people.length || !people.every((p) => p.AADUserId && p.systemUserId && p.description)) throw new Error(got.CustomActionSuggestedUsers)
  })
  await check('a parameter that an action does not have is refused', async () => {
    const e = await refused(() => mine.callAction({ actionName: 'contoso_SuggestOnCall', action: { Nonsense: 1 } }))
    equal(e.status, 400, 'status')
  })
  await check('a case is resolved by CloseIncident', async () => {
    const made = await mine.create({ collection: 'incidents', data: await ofSomebody({ title: 'To be solved' }), returnRepresentation: true })
    await mine.callAction({ actionName: 'CloseIncident', action: { IncidentResolution: { subject: 'Solved', 'incidentid@odata.bind': `/incidents(${made.incidentid})`, timespent: 30 }, Status: 5 } })
    const row = await mine.retrieve({ collection: 'incidents', key: made.incidentid, select: ['statecode'], expand: [{ property: 'Incident_IncidentResolutions', select: ['subject', 'timespent'] }] })
    equal(row.statecode, 1, 'state')
    equal(row.Incident_IncidentResolutions[0].subject, 'Solved', 'resolution')
  })
  await check('a record goes into a queue and to a worker', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'queues', select: ['queueid'], filter: "name eq 'Escalations'" })
    const got = await mine.callAction({ collection: 'queues', key: value[0].queueid, actionName: 'Microsoft.Dynamics.CRM.AddToQueue', action: { Target: { incidentid: aCase, '@odata.type': 'Microsoft.Dynamics.CRM.incident' } } })
    await mine.callAction({ collection: 'queueitems', key: got.QueueItemId, actionName: 'Microsoft.Dynamics.CRM.PickFromQueue', action: { SystemUser: { '@odata.type': 'Microsoft.Dynamics.CRM.systemuser', systemuserid: me.systemuserid }, RemoveQueueItem: false } })
    const item = await mine.retrieve({ collection: 'queueitems', key: got.QueueItemId, select: ['_workerid_value'] })
    equal(item._workerid_value, me.systemuserid, 'worker')
  })
  await check('a record is shared and no longer', async () => {
    const boss = as(role('supervisor'))
    const expert = role('expert')
    const target = { incidentid: aCase, '@odata.type': 'Microsoft.Dynamics.CRM.incident' }
    const principal = { systemuserid: expert.systemuserid, '@odata.type': 'Microsoft.Dynamics.CRM.systemuser' }
    await boss.callAction({ actionName: 'GrantAccess', action: { Target: target, PrincipalAccess: { Principal: principal, AccessMask: 'ReadAccess, WriteAccess' } } })
    await boss.callAction({ actionName: 'RevokeAccess', action: { Target: target, Revokee: principal } })
    const e = await refused(() => boss.callAction({ actionName: 'GrantAccess', action: { Target: target, PrincipalAccess: { Principal: principal, AccessMask: 'Nonsense' } } }))
    equal(e.status, 400, 'status')
  })
  await check('an app notification may open a chat', async () => {
    const data = { type: 'teamsChat', memberIds: [role('expert').id], entityContext: { entityName: 'incident', recordId: aCase } }
    const action = { Title: 'Help', Body: 'Join', 'Recipient@odata.bind': `/systemusers(${me.systemuserid})`, Actions: { '@odata.type': 'Microsoft.Dynamics.CRM.expando', 'actions@odata.type': '#Collection(Microsoft.Dynamics.CRM.expando)', actions: [{ title: 'Chat', data }] } }
    if (!(await mine.callAction({ actionName: 'SendAppNotification', action })).NotificationId) throw new Error('no id')
  })
  await check('a function has the number of rows', async () => {
    const got = await mine.callFunction({ name: 'RetrieveTotalRecordCount', parameters: { EntityNames: ['incident', 'account'] } })
    equal(got.EntityRecordCountCollection.Keys.join(), 'incident,account', 'keys')
    if (got.EntityRecordCountCollection.Values[0] < 200) throw new Error(JSON.stringify(got))
  })
  await check('an unknown action is 404', async () => equal((await refused(() => mine.callAction({ actionName: 'Nonsense' }))).status, 404, 'status'))

  await check('search 1.0 finds resolved cases', async () => {
    const got = await mine.query({ query: { search: 'login loop portal', entities: ['incident'], returnTotalRecordCount: true, top: 10 } })
    const best = got.value[0]
    if (best['@search.entityname'] !== 'incident' || !best.title || got.totalrecordcount < got.value.length) throw new Error(JSON.stringify(best))
  })
  await check('search 2.0 finds the same', async () => {
    const two = as(me, { searchApi: { version: '2.0' } })
    const got = await two.query({ query: { search: 'gasket leaking', entities: ['incident'], count: true, options: { searchMode: 'all' }, filter: 'statecode eq 1' } })
    const best = got.response.Value[0]
    if (best.EntityName !== 'incident' || !best.Attributes.title || got.response.Count < 1) throw new Error(JSON.stringify(got.response).slice(0, 200))
  })
  await check('search refuses a table that it does not know', async () => {
    equal((await refused(() => mine.query({ query: { search: 'x', entities: ['systemuser'] } }))).status, 400, 'status')
  })
}
