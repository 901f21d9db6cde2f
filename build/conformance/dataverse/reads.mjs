// reads checks what the product reads: records, links, settings, pages, FetchXML.
import { check, equal, place, refused } from './check.mjs'
import { aCase, admin, as, configs, links, me, mine, raw, role } from './client.mjs'

export async function reads() {
  await check('WhoAmI names the user', async () => equal((await mine.callFunction('WhoAmI')).UserId, me.systemuserid, 'UserId'))

  await check('a case is retrieved by id with selected columns', async () => {
    const row = await mine.retrieve({ collection: 'incidents', key: aCase, select: ['title', 'ticketnumber', '_ownerid_value'] })
    equal(row.title, place.cases[0].title, 'title')
    equal(row.description, undefined, 'a column that was not selected')
    if (!/^W\/"\d+"$/.test(row['@odata.etag'])) throw new Error(`etag ${row['@odata.etag']}`)
  })
  await check('annotations give labels and the types of lookups', async () => {
    const row = await mine.retrieve({ collection: 'incidents', key: aCase, select: ['prioritycode', '_ownerid_value', '_customerid_value'], includeAnnotations: '*' })
    if (!['High', 'Normal', 'Low'].includes(row.prioritycode_Formatted)) throw new Error(`priority ${row.prioritycode_Formatted}`)
    equal(row._ownerid_value_LogicalName, 'systemuser', 'owner')
    equal(row._customerid_value_NavigationProperty, 'customerid_account', 'navigation')
  })
  await check('an expanded lookup comes with nested expands', async () => {
    const row = await mine.retrieve({
      collection: 'incidents', key: aCase, select: ['title'],
      expand: [{ property: 'customerid_account', select: ['name'], expand: [{ property: 'primarycontactid', select: ['fullname'] }] }],
    })
    if (!row.customerid_account.name || !row.customerid_account.primarycontactid.fullname) throw new Error(JSON.stringify(row))
  })
  await check('an expanded collection is filtered, ordered and cut', async () => {
    const row = await mine.retrieve({
      collection: 'incidents', key: aCase, select: ['title'],
      expand: [{ property: 'Incident_ActivityPointers', select: ['subject', 'createdon'], filter: "activitytypecode ne 'task'", orderBy: ['createdon desc'], top: 2 }],
    })
    equal(row.Incident_ActivityPointers.length, 2, 'activities')
    if (row.Incident_ActivityPointers[0].createdon < row.Incident_ActivityPointers[1].createdon) throw new Error('not ordered')
  })
  await check('an unchanged row is not sent again', async () => {
    const row = await mine.retrieve({ collection: 'incidents', key: aCase, select: ['title'] })
    const again = await raw(`incidents(${aCase})?$select=title`, { headers: { 'if-none-match': row['@odata.etag'] } })
    equal(again.status, 304, 'status')
  })
  await check('a missing row is 404 with its code', async () => {
    const e = await refused(() => mine.retrieve({ collection: 'incidents', key: '00000000-0000-0000-0000-000000000001' }))
    equal(e.status, 404, 'status')
    equal(e.code, '0x80040217', 'code')
  })
  await check('an unknown column is 400', async () => {
    const e = await refused(() => mine.retrieveMultiple({ collection: 'incidents', select: ['nonsense'] }))
    equal(e.status, 400, 'status')
    equal(e.code, '0x80060888', 'code')
  })
  await check('an unknown set is 404', async () => equal((await refused(() => mine.retrieveMultiple({ collection: 'nonsenses' }))).status, 404, 'status'))

  await check('my open cases are filtered, ordered and cut', async () => {
    const { value } = await mine.retrieveMultiple({
      collection: 'incidents', select: ['title', 'statecode', '_ownerid_value'], filter: `statecode eq 0 and _ownerid_value eq ${me.systemuserid}`, orderBy: ['modifiedon desc'], top: 5,
    })
    if (!value.length || value.length > 5 || value.some((r) => r.statecode !== 0 || r._ownerid_value !== me.systemuserid)) throw new Error(JSON.stringify(value))
  })
  await check('a lambda finds cases by their tasks', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'incidents', select: ['title'], filter: "Incident_Tasks/any(t:contains(t/subject,'Call back'))" })
    if (!value.length) throw new Error('nothing found')
  })
  await check('a query function finds rows of a list', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'incidents', select: ['prioritycode'], filter: "Microsoft.Dynamics.CRM.In(PropertyName='prioritycode',PropertyValues=['1','3'])" })
    if (!value.length || value.some((r) => r.prioritycode === 2)) throw new Error(JSON.stringify(value.slice(0, 3)))
  })
  await check('$count counts with a filter', async () => {
    const n = await mine.count({ collection: 'incidents', filter: 'statecode eq 1' })
    const { value } = await mine.retrieveMultiple({ collection: 'incidents', select: ['incidentid'], filter: 'statecode eq 1' })
    equal(n, value.length, 'count')
  })
  await check('$count=true comes with the list', async () => {
    const got = await mine.retrieveMultiple({ collection: 'incidents', select: ['title'], count: true, maxPageSize: 3 })
    if (got.oDataCount <= 3 || got.value.length !== 3) throw new Error(`${got.oDataCount} of ${got.value.length}`)
  })
  await check('pages join to the whole', async () => {
    const all = await mine.retrieveAll({ collection: 'incidents', select: ['title'], orderBy: ['title asc'], maxPageSize: 25 })
    const { value } = await mine.retrieveMultiple({ collection: 'incidents', select: ['title'] })
    equal(all.value.length, value.length, 'rows')
    equal(new Set(all.value.map((r) => r.incidentid)).size, value.length, 'different rows')
  })
  await check('countAll counts through pages', async () => {
    const n = await mine.countAll({ collection: 'incidents', filter: 'statecode eq 1' })
    if (n < 200) throw new Error(`${n} resolved cases`)
  })
  await check('$skip is refused', async () => equal((await raw('incidents?$skip=3')).status, 400, 'status'))

  await check('links of a record are found by its id', async () => {
    const { value } = await mine.retrieveMultiple({
      collection: links, select: ['msdyn_teamschatid', 'msdyn_regardingobjectid', 'msdyn_entityrecordstate', '_modifiedby_value', 'versionnumber'], includeAnnotations: '*',
      filter: `msdyn_regardingobjectid eq '${aCase}' and msdyn_entityrecordstate eq 0 and statecode eq 0`,
    })
    if (!value.length || value[0].msdyn_entityrecordstate_Formatted !== 'Associate' || value[0]._modifiedby_value_LogicalName !== 'systemuser') throw new Error(JSON.stringify(value[0]))
  })
  await check('settings name the types, one of the administrator', async () => {
    const { value } = await mine.retrieveMultiple({ collection: configs, expand: [{ property: 'msdyn_entitytype', select: ['logicalname'] }], filter: 'statecode eq 0' })
    const types = value.map((r) => r.msdyn_entitytype.logicalname)
    for (const want of ['incident', 'account', 'contoso_warrantyclaim']) if (!types.includes(want)) throw new Error(`${want} is missing in ${types}`)
  })
  await check('the note view has a layout and a query', async () => {
    const { value } = await mine.retrieveMultiple({ collection: configs, select: ['msdyn_contextviewid'], filter: "msdyn_name eq 'Case'" })
    const view = await mine.retrieve({ collection: 'savedqueries', key: value[0].msdyn_contextviewid, select: ['name', 'returnedtypecode', 'layoutxml', 'fetchxml'] })
    equal(view.name, 'Case introduction message', 'name')
    if (!view.layoutxml.includes('<cell name="ticketnumber"') || !view.fetchxml.includes('<entity name="incident">')) throw new Error(view.layoutxml)
  })
  await check('a saved query runs', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'savedqueries', select: ['savedqueryid'], filter: "name eq 'My Active Cases'" })
    const res = await raw(`incidents?savedQuery=${value[0].savedqueryid}`)
    if (!(await res.json()).value.length) throw new Error('no rows')
  })

  await fetches()
  await rights()
}

/** fetches checks FetchXML. */
async function fetches() {
  await check('FetchXML joins, aliases and orders', async () => {
    const { value } = await mine.fetch({
      collection: 'incidents', includeAnnotations: '*',
      fetchXml: `<fetch top="5"><entity name="incident"><attribute name="title"/><order attribute="title"/>
        <link-entity name="account" from="accountid" to="customerid" alias="customer"><attribute name="name"/></link-entity></entity></fetch>`,
    })
    equal(value.length, 5, 'rows')
    if (!value[0]['customer.name']) throw new Error(JSON.stringify(value[0]))
  })
  await check('fetchAll follows the paging cookie', async () => {
    const { value } = await mine.fetchAll({
      collection: 'incidents', includeAnnotations: 'Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords', fetchXml: '<fetch count="40"><entity name="incident"><attribute name="title"/><order attribute="title"/></entity></fetch>',
    })
    equal(value.length, await mine.count({ collection: 'incidents' }), 'rows')
    equal(new Set(value.map((r) => r.incidentid)).size, value.length, 'different rows')
  })
  await check('FetchXML counts by owner', async () => {
    const { value } = await admin.fetch({
      collection: 'incidents', includeAnnotations: '*',
      fetchXml: `<fetch aggregate="true"><entity name="incident"><attribute name="incidentid" aggregate="count" alias="n"/><attribute name="owninguser" groupby="true" alias="who"/>
        <filter><condition attribute="statecode" operator="eq" value="1"/></filter><order alias="n" descending="true"/></entity></fetch>`,
    })
    if (value.length < 5 || value[0].n < value[1].n) throw new Error(JSON.stringify(value.slice(0, 2)))
  })
  await check('FetchXML knows the caller and days', async () => {
    const { value } = await mine.fetch({
      collection: 'incidents',
      fetchXml: `<fetch><entity name="incident"><attribute name="createdon"/><filter><condition attribute="ownerid" operator="eq-userid"/><condition attribute="createdon" operator="last-x-days" value="30"/></filter></entity></fetch>`,
    })
    if (!value.length) throw new Error('no rows')
  })
  await check('a rule of suggested contacts runs', async () => {
    const { value } = await mine.retrieveMultiple({
      collection: 'msdyn_contactsuggestionrulesets', select: ['msdyn_name'], filter: "msdyn_entitytype/logicalname eq 'incident'",
      expand: [{ property: 'msdyn_ruleset_contactsuggestionrule', orderBy: ['msdyn_rank asc'], filter: 'statecode eq 0' }],
    })
    const rule = value[0].msdyn_ruleset_contactsuggestionrule.find((r) => r.msdyn_ruletype === 160800000)
    const people = await mine.fetch({ collection: 'systemusers', fetchXml: rule.msdyn_fetchxml.replaceAll('{recordid}', aCase) })
    if (!people.value.length || !people.value[0].azureactivedirectoryobjectid) throw new Error(JSON.stringify(people.value))
  })
  await check('a path of a rule leads to a person', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'msdyn_contactsuggestionrules', select: ['msdyn_pathtotarget'], filter: 'msdyn_ruletype eq 160800002', orderBy: ['msdyn_rank asc'] })
    const [first, last] = value.find((r) => r.msdyn_pathtotarget.startsWith('customerid_account/')).msdyn_pathtotarget.split('/')
    const row = await mine.retrieve({ collection: 'incidents', key: aCase, select: ['title'], expand: [{ property: first, select: ['name'], expand: [{ property: last }] }] })
    if (!row[first][last].ownerid) throw new Error(JSON.stringify(row))
  })
  await check('wrong FetchXML is refused', async () => {
    const e = await refused(() => mine.fetch({ collection: 'incidents', fetchXml: '<fetch><entity name="incident"><attribute name="nonsense"/></entity></fetch>' }))
    equal(e.code, '0x80041103', 'code')
  })
}

/** rights checks who may see and do what. */
async function rights() {
  await check('RetrievePrincipalAccess names the rights on a record', async () => {
    const got = await mine.callFunction({ collection: 'systemusers', key: me.systemuserid, name: 'Microsoft.Dynamics.CRM.RetrievePrincipalAccess', parameters: { Target: { '@odata.id': `incidents(${aCase})` } } })
    if (!got.AccessRights.includes('WriteAccess')) throw new Error(got.AccessRights)
  })
  await check('a reader has read access only', async () => {
    const reader = role('readonly')
    const got = await as(reader).callFunction({ collection: 'systemusers', key: reader.systemuserid, name: 'Microsoft.Dynamics.CRM.RetrievePrincipalAccess', parameters: { Target: { '@odata.id': `incidents(${aCase})` } } })
    equal(got.AccessRights, 'ReadAccess', 'rights')
  })
  await check('the disconnect privilege is the supervisor\'s', async () => {
    const ask = (user) => as(user).callFunction({ collection: 'systemusers', key: user.systemuserid, name: 'Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName', parameters: { PrivilegeName: 'prvUnlinkTeamsChatFromRecord' } })
    equal((await ask(role('supervisor'))).RolePrivileges.length, 1, 'supervisor')
    equal((await ask(me)).RolePrivileges.length, 0, 'agent')
  })
  await check('an unknown privilege is 400', async () => {
    const e = await refused(() => mine.callFunction({ collection: 'systemusers', key: me.systemuserid, name: 'Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName', parameters: { PrivilegeName: 'prvNonsense' } }))
    equal(e.status, 400, 'status')
  })
  await check('a person is found by Entra id', async () => {
    const { value } = await mine.retrieveMultiple({ collection: 'systemusers', select: ['systemuserid', 'fullname'], filter: `azureactivedirectoryobjectid eq ${me.id}` })
    equal(value[0].systemuserid, me.systemuserid, 'systemuserid')
  })
  await check('my teams are behind me', async () => {
    const row = await mine.retrieve({ collection: 'systemusers', key: me.systemuserid, select: ['fullname'], expand: [{ property: 'teammembership_association', select: ['name', 'teamtype'] }] })
    if (!row.teammembership_association.length) throw new Error('no teams')
  })
}
