package sandbox

import (
	"slices"
	"strings"
)

// graphProperties are the properties that $select may name, by type, from the
// v1.0 metadata; those of users are the common ones.
var graphProperties = map[string]string{
	"chat": `id topic createdDateTime lastUpdatedDateTime chatType webUrl tenantId onlineMeetingInfo viewpoint isHiddenForAllMembers
		migrationMode originalCreatedDateTime members lastMessagePreview installedApps tabs messages pinnedMessages permissionGrants`,
	"user": `id accountEnabled ageGroup assignedLicenses assignedPlans businessPhones city companyName consentProvidedForMinor country createdDateTime
		creationType deletedDateTime department displayName employeeHireDate employeeId employeeType externalUserState faxNumber givenName identities
		imAddresses isResourceAccount jobTitle lastPasswordChangeDateTime legalAgeGroupClassification licenseAssignmentStates mail mailNickname mobilePhone
		officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId onPremisesSamAccountName onPremisesSecurityIdentifier
		onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordPolicies postalCode preferredDataLocation preferredLanguage provisionedPlans
		proxyAddresses securityIdentifier showInAddressList signInSessionsValidFromDateTime state streetAddress surname usageLocation userPrincipalName userType
		aboutMe birthday hireDate interests mailboxSettings mySite pastProjects responsibilities schools skills`,
	"person": `id displayName givenName surname birthday personNotes isFavorite jobTitle companyName department officeLocation profession
		userPrincipalName imAddress scoredEmailAddresses phones personType postalAddresses websites yomiCompany`,
	"presence": `id availability activity statusMessage outOfOfficeSettings workLocation sequenceNumber`,
	"team": `id displayName description createdDateTime internalId classification specialization visibility webUrl isArchived
		isMembershipLimitedToOwners tenantId summary funSettings guestSettings memberSettings messagingSettings firstChannelName discoverySettings`,
	"channel": `id displayName description membershipType createdDateTime email isFavoriteByDefault isArchived tenantId layoutType webUrl summary
		moderationSettings migrationMode originalCreatedDateTime`,
	"conversationMember": `id roles displayName visibleHistoryStartDateTime userId email tenantId`,
	"teamsTab":           `id displayName webUrl configuration teamsApp`,
	"profilePhoto":       `id height width`,
	"drive":              `id driveType name description webUrl quota owner createdBy createdDateTime lastModifiedBy lastModifiedDateTime sharePointIds system`,
	"driveItem": `id name eTag cTag size createdDateTime lastModifiedDateTime webUrl createdBy lastModifiedBy fileSystemInfo parentReference folder file
		description audio bundle deleted image location malware package pendingOperations photo publication remoteItem root searchResult shared
		sharepointIds specialFolder video webDavUrl content @microsoft.graph.downloadUrl`,
}

// selects refuses a $select that names what a type does not have. (What it has
// and the sandbox does not play is left out of the answer.)
func (c *call) selects(kind string) error {
	if !c.query.Has("$select") {
		return nil
	}
	known := strings.Fields(graphProperties[kind])
	for _, name := range strings.Split(c.query.Get("$select"), ",") {
		if name = strings.TrimSpace(name); name != "*" && !slices.Contains(known, name) {
			return badRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, kind)
		}
	}
	return nil
}
