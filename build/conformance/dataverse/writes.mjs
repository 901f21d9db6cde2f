// writes checks what the product writes: links, upserts, batches, change tracking.
import { randomUUID } from 'node:crypto'
import { check, equal, place, refused } from './check.mjs'
import { aCase, admin, as, configs, links, me, mine, ofSomebody, raw, role } from './client.mjs'

const link = (chat, record = aCase) => ({
  msdyn_teamschatid: chat, msdyn_regardingobjectid: record, msdyn_regardingobjectname: 'incident', msdyn_entityrecordstate: 0, msdyn_teamschatassociationname: 'By a client',
})
const chat = place.chats[1].id

export async function writes() {
  await check('a created row answers with its id', async () => {
    const id = await mine.create({ collection: links, data: link(chat) })
    equal((await mine.retrieve({ collection: links, key: id, select: ['msdyn_teamschatid'] })).msdyn_teamschatid, chat, 'chat')
  })
  await check('a created row is sent back when asked for', async () => {
    const row = await mine.create({ collection: links, data: link(chat), returnRepresentation: true, select: ['msdyn_entityrecordstate'] })
    equal(row.msdyn_entityrecordstate, 0, 'state')
    if (!row.msdyn_teamschatassociationid) throw new Error('no id')
  })
  await check('a missing required column is refused', async () => equal((await refused(() => mine.create({ collection: links, data: { msdyn_teamschatid: chat } }))).status, 400, 'status'))
  await check('a text that is too long is refused', async () => {
    equal((await refused(() => mine.create({ collection: links, data: { ...link(chat), msdyn_teamschatassociationname: 'x'.repeat(101) } }))).code, '0x80044331', 'code')
  })
  await check('a value outside a choice is refused', async () => {
    equal((await refused(() => mine.create({ collection: links, data: { ...link(chat), msdyn_entityrecordstate: 7 } }))).code, '0x8004431a', 'code')
  })
  await check('upsert makes a row and then changes it', async () => {
    const key = randomUUID()
    await mine.upsert({ collection: links, key, data: link(chat) })
    await mine.upsert({ collection: links, key, data: { msdyn_entityrecordstate: 1 } })
    equal((await mine.retrieve({ collection: links, key, select: ['msdyn_entityrecordstate'] })).msdyn_entityrecordstate, 1, 'state')
  })
  await check('If-None-Match forbids to change', async () => {
    const key = randomUUID()
    await mine.upsert({ collection: links, key, data: link(chat) })
    equal(await mine.upsert({ collection: links, key, data: link(chat), ifnonematch: '*' }), null, 'answer') // the client keeps a 412 to itself
    equal((await raw(`${links}(${key})`, { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/json', 'if-none-match': '*' } })).status, 412, 'status')
  })
  await check('If-Match forbids to make', async () => {
    const key = randomUUID()
    equal(await mine.upsert({ collection: links, key, data: link(chat), ifmatch: '*' }), null, 'answer') // nor does it tell of this 404
    equal((await refused(() => mine.retrieve({ collection: links, key }))).status, 404, 'status')
  })
  await check('an old version is refused with 412', async () => {
    const row = await mine.create({ collection: links, data: link(chat), returnRepresentation: true })
    const change = { collection: links, key: row.msdyn_teamschatassociationid, data: { msdyn_entityrecordstate: 1 }, ifmatch: row['@odata.etag'] }
    await mine.update(change)
    const res = await raw(`${links}(${change.key})`, { method: 'PATCH', body: JSON.stringify(change.data), headers: { 'content-type': 'application/json', 'if-match': change.ifmatch } })
    equal(res.status, 412, 'status')
    equal((await res.json()).error.code, '0x80060882', 'code')
  })
  await check('a link is disconnected by its state', async () => {
    const id = await mine.create({ collection: links, data: link(chat) })
    const row = await mine.update({ collection: links, key: id, data: { msdyn_entityrecordstate: 1 }, returnRepresentation: true, select: ['msdyn_entityrecordstate', '_modifiedby_value'] })
    equal(row.msdyn_entityrecordstate, 1, 'state')
    equal(row._modifiedby_value, me.systemuserid, 'modified by')
  })
  await check('only CloseIncident resolves a case', async () => {
    const e = await refused(() => mine.update({ collection: 'incidents', key: aCase, data: { statecode: 1, statuscode: 5 } }))
    equal(e.status, 400, 'status')
    if (!e.message.includes('CloseIncidentRequest')) throw new Error(e.message)
  })
  await check('a case needs a customer', async () => equal((await refused(() => mine.create({ collection: 'incidents', data: { title: 'Of nobody' } }))).status, 400, 'status'))
  await check('a function takes no unknown option', async () => equal((await raw('WhoAmI?$banana=1')).status, 400, 'status'))
  await check('nothing lies below a lookup', async () => equal((await raw(`incidents(${aCase})/primarycontactid/banana`)).status, 404, 'status'))
  await check('an agent may not delete a link', async () => {
    const id = await mine.create({ collection: links, data: link(chat) })
    const e = await refused(() => mine.deleteRecord({ collection: links, key: id }))
    equal(e.status, 403, 'status')
    equal(e.code, '0x80040220', 'code')
  })
  await check('an administrator deletes', async () => {
    const id = await mine.create({ collection: links, data: link(chat) })
    await admin.deleteRecord({ collection: links, key: id })
    equal((await refused(() => mine.retrieve({ collection: links, key: id }))).status, 404, 'status')
  })
  await check('a reader may not write', async () => {
    const reader = as(role('readonly'))
    equal((await refused(() => reader.update({ collection: 'incidents', key: aCase, data: { title: 'x' } }))).status, 403, 'update')
    equal((await refused(() => reader.create({ collection: links, data: link(chat) }))).status, 403, 'create')
  })
  await check('an agent may not change the settings', async () => {
    const { value } = await mine.retrieveMultiple({ collection: configs, select: ['msdyn_name'], top: 1 })
    equal((await refused(() => mine.update({ collection: configs, key: value[0].msdyn_entitylinkchatconfigurationid, data: { msdyn_usercanjoinchat: true } }))).status, 403, 'status')
  })
  await check('a lookup is bound, changed and cleared', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'accounts', select: ['name'], top: 2 })
    const made = await mine.create({ collection: 'incidents', data: { title: 'Bound', 'customerid_account@odata.bind': `/accounts(${value[0].accountid})` }, returnRepresentation: true })
    equal(made._customerid_value, value[0].accountid, 'customer')
    await mine.associateSingleValued({ collection: 'incidents', primaryKey: made.incidentid, navigationProperty: 'customerid_account', relatedCollection: 'accounts', relatedKey: value[1].accountid })
    equal((await mine.retrieve({ collection: 'incidents', key: made.incidentid, select: ['_customerid_value'] }))._customerid_value, value[1].accountid, 'customer')
    const people = await mine.retrieveMultiple({ collection: 'contacts', select: ['fullname'], top: 1 })
    const contact = { collection: 'incidents', primaryKey: made.incidentid, navigationProperty: 'primarycontactid' }
    await mine.associateSingleValued({ ...contact, relatedCollection: 'contacts', relatedKey: people.value[0].contactid })
    await mine.disassociateSingleValued(contact)
    equal((await mine.retrieve({ collection: 'incidents', key: made.incidentid, select: ['_primarycontactid_value'] }))._primarycontactid_value, null, 'contact')
  })
  await check('one property is changed and removed', async () => {
    const id = await mine.create({ collection: 'incidents', data: await ofSomebody({ title: 'One', description: 'two' }) })
    await mine.updateSingleProperty({ collection: 'incidents', key: id, fieldValuePair: { title: 'Three' } })
    await mine.deleteRecord({ collection: 'incidents', key: id, property: 'description' })
    const row = await mine.retrieve({ collection: 'incidents', key: id, select: ['title', 'description'] })
    equal(row.title, 'Three', 'title')
    equal(row.description, null, 'description')
  })
  await check('a mail is made with its parties', async () => {
    const id = await mine.create({
      collection: 'emails',
      data: {
        subject: 'With parties', 'regardingobjectid_incident_email@odata.bind': `/incidents(${aCase})`,
        email_activity_parties: [{ 'partyid_systemuser@odata.bind': `/systemusers(${me.systemuserid})`, participationtypemask: 1 }, { unresolvedpartyname: 'Somebody', participationtypemask: 2 }],
      },
    })
    const { value } = await mine.retrieveMultiple({ collection: 'activityparties', select: ['participationtypemask', 'unresolvedpartyname'], filter: `_activityid_value eq ${id}`, orderBy: ['participationtypemask asc'] })
    equal(value.map((p) => p.participationtypemask).join(), '1,2', 'parts')
    const pointers = await mine.retrieveMultiple({ collection: 'activitypointers', select: ['activitytypecode', 'subject'], filter: `activityid eq ${id}`, includeAnnotations: '*' })
    equal(pointers.value[0].activitytypecode_Formatted, 'Email', 'type')
  })
  await check('a member joins a team and leaves it', async () => {
    const { value } = await admin.retrieveMultiple({ collection: 'teams', select: ['name'], filter: 'teamtype eq 0', top: 1 })
    const person = { collection: 'teams', primaryKey: value[0].teamid, relationshipName: 'teammembership_association', relatedKey: role('readonly').systemuserid }
    await admin.associate({ ...person, relatedCollection: 'systemusers' })
    await admin.disassociate(person)
  })

  await batches()
  await tracking()
}

/** batches checks $batch. */
async function batches() {
  await check('a batch reads several things', async () => {
    mine.startBatch()
    mine.retrieve({ collection: 'incidents', key: aCase, select: ['title'] })
    mine.retrieveMultiple({ collection: links, select: ['msdyn_teamschatid'], filter: `msdyn_regardingobjectid eq '${aCase}'` })
    mine.callFunction('WhoAmI')
    const [row, list, who] = await mine.executeBatch()
    equal(row.title, place.cases[0].title, 'title')
    equal(who.UserId, me.systemuserid, 'user')
    if (!list.value.length) throw new Error('no links')
  })
  await check('a change set refers to what it made', async () => {
    const ours = await ofSomebody({ title: 'Of a change set' })
    mine.startBatch()
    mine.create({ collection: 'incidents', data: ours, contentId: '1' })
    mine.create({ collection: 'tasks', data: { subject: 'Of the same', 'regardingobjectid_incident_task@odata.bind': '$1' } })
    const [record, task] = await mine.executeBatch()
    equal((await mine.retrieve({ collection: 'tasks', key: task, select: ['_regardingobjectid_value'] }))._regardingobjectid_value, record, 'case')
  })
  await check('a refused change set leaves nothing', async () => {
    const before = await mine.count({ collection: links })
    mine.startBatch()
    mine.create({ collection: links, data: link(chat) })
    mine.create({ collection: links, data: { msdyn_teamschatid: chat } })
    await refused(() => mine.executeBatch())
    equal(await mine.count({ collection: links }), before, 'links')
  })
  await check('a batch goes on after a refusal when asked to', async () => {
    mine.startBatch()
    mine.retrieve({ collection: 'incidents', key: '00000000-0000-0000-0000-000000000001', inChangeSet: false })
    mine.callFunction({ name: 'WhoAmI', inChangeSet: false })
    const got = await mine.executeBatch({ continueOnError: true })
    equal(got[0].status ?? got[0].code, got[0].status ? 404 : '0x80040217', 'first')
    equal(got[1].UserId, me.systemuserid, 'second')
  })
  await check('a batch stops at a refusal', async () => {
    mine.startBatch()
    mine.retrieve({ collection: 'incidents', key: '00000000-0000-0000-0000-000000000001' })
    mine.callFunction('WhoAmI')
    equal((await refused(() => mine.executeBatch()))[0]?.status ?? 404, 404, 'status')
  })
  await check('a long query becomes a batch', async () => {
    const filter = `title ne '${'x'.repeat(2200)}' and statecode eq 1`
    const { value } = await mine.retrieveMultiple({ collection: 'incidents', select: ['title'], filter, top: 3 })
    equal(value.length, 3, 'rows')
  })
}

/** tracking checks change tracking. */
async function tracking() {
  await check('changes since a delta link come, then what was deleted', async () => {
    const first = await mine.retrieveMultiple({ collection: links, select: ['msdyn_teamschatid'], trackChanges: true })
    if (!first.oDataDeltaLink) throw new Error('no delta link')
    const made = await mine.create({ collection: links, data: link(chat) })
    const lost = first.value[0].msdyn_teamschatassociationid
    await admin.deleteRecord({ collection: links, key: lost })
    const delta = await mine.retrieveMultiple({ collection: links }, first.oDataDeltaLink)
    equal(delta.value[0].msdyn_teamschatassociationid, made, 'new row')
    equal(delta.value.at(-1).id, lost, 'deleted row')
    equal(delta.value.at(-1).reason, 'deleted', 'reason')
    const none = await mine.retrieveMultiple({ collection: links }, delta.oDataDeltaLink)
    equal(none.value.length, 0, 'changes')
  })
  await check('change tracking takes no filter', async () => {
    const e = await refused(() => mine.retrieveMultiple({ collection: links, trackChanges: true, filter: 'statecode eq 0' }))
    equal(e.status, 400, 'status')
    if (!e.message.includes('$filter')) throw new Error(e.message)
  })
  await check('change tracking needs to read the whole table', async () => equal((await refused(() => mine.retrieveMultiple({ collection: 'incidents', trackChanges: true }))).status, 403, 'status'))
  await check('a table without it is refused', async () => equal((await refused(() => mine.retrieveMultiple({ collection: 'queues', trackChanges: true }))).status, 400, 'status'))
}
