// metadata checks what is known about tables, columns and relationships.
import { check, equal, refused } from './check.mjs'
import { mine } from './client.mjs'

export async function metadata() {
  const incident = "LogicalName='incident'"
  await check('a table is described', async () => {
    const t = await mine.retrieveEntity({ key: incident, select: ['LogicalName', 'EntitySetName', 'PrimaryIdAttribute', 'PrimaryNameAttribute', 'DisplayName', 'ObjectTypeCode', 'OwnershipType', 'ChangeTrackingEnabled'] })
    equal(t.EntitySetName, 'incidents', 'set')
    equal(t.DisplayName.UserLocalizedLabel.Label, 'Case', 'label')
    if (!t.MetadataId) throw new Error('no MetadataId')
  })
  await check('tables are listed by a filter', async () => {
    const { value } = await mine.retrieveEntities({ select: ['LogicalName'], filter: "OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' and IsActivity eq true" })
    for (const want of ['email', 'chat', 'phonecall']) if (!value.some((t) => t.LogicalName === want)) throw new Error(`${want} is missing`)
  })
  await check('the columns of a table are listed', async () => {
    const { value } = await mine.retrieveAttributes({ entityKey: incident, select: ['LogicalName', 'AttributeType', 'DisplayName'], filter: "LogicalName eq 'prioritycode' or LogicalName eq 'customerid'" })
    equal(value.length, 2, 'columns')
    equal(value.find((a) => a.LogicalName === 'customerid').AttributeType, 'Customer', 'type')
  })
  await check('choices have labels', async () => {
    const { value } = await mine.retrieveAttributes({ entityKey: incident, castType: 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata', select: ['LogicalName'], expand: [{ property: 'OptionSet' }] })
    const priority = value.find((a) => a.LogicalName === 'prioritycode')
    equal(priority.OptionSet.Options[0].Label.UserLocalizedLabel.Label, 'High', 'label')
  })
  await check('one lookup names its targets', async () => {
    const a = await mine.retrieveAttribute({ entityKey: incident, attributeKey: "LogicalName='customerid'", castType: 'Microsoft.Dynamics.CRM.LookupAttributeMetadata', select: ['Targets'] })
    equal(a.Targets.join(), 'account,contact', 'targets')
  })
  await check('relationships lead from a table to others', async () => {
    const t = await mine.retrieveEntity({
      key: incident, select: ['LogicalName'],
      expand: [{ property: 'ManyToOneRelationships', select: ['ReferencingAttribute', 'ReferencedEntity', 'ReferencingEntityNavigationPropertyName'] }, { property: 'OneToManyRelationships', select: ['ReferencingEntity', 'SchemaName'] }],
    })
    const owner = t.ManyToOneRelationships.find((r) => r.ReferencingAttribute === 'customerid' && r.ReferencedEntity === 'account')
    equal(owner.ReferencingEntityNavigationPropertyName, 'customerid_account', 'navigation')
    if (!t.OneToManyRelationships.some((r) => r.SchemaName === 'incident_chats')) throw new Error('incident_chats is missing')
  })
  await check('relationships are listed and found by name', async () => {
    const { value } = await mine.retrieveRelationships({ castType: 'Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata', select: ['SchemaName'] })
    if (!value.some((r) => r.SchemaName === 'teammembership_association')) throw new Error('teammembership_association is missing')
    const one = await mine.retrieveRelationship({ key: "SchemaName='incident_chats'" })
    equal(one.ReferencingEntity, 'chat', 'entity')
  })
  await check('the CSDL document lists sets and types', async () => {
    const text = await mine.retrieveCsdlMetadata()
    for (const want of ['<EntitySet Name="incidents"', '<EntityType Name="chat"', 'Name="regardingobjectid_incident_chat"', '<Function Name="WhoAmI"']) if (!text.includes(want)) throw new Error(`${want} is missing`)
  })
  await check('an unknown table is 404', async () => equal((await refused(() => mine.retrieveEntity({ key: "LogicalName='nonsense'" }))).status, 404, 'status'))
}
