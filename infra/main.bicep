// The gateway on Azure: Functions Flex Consumption with identity-based storage, secrets in Key Vault, logs in Application Insights.
//
//   az group create --name ovi --location northeurope
//   az deployment group create --resource-group ovi --template-file infra/main.bicep --parameters name=ovi payTo=0x... (and the secrets)
//   cd OviFunctions && func azure functionapp publish "$(az deployment group show -g ovi -n main --query properties.outputs.functionAppName.value -o tsv)"
//
// One deployment has one payTo: payments to it are matched against this deployment's storage alone.
targetScope = 'resourceGroup'

@description('Part of every name: lower-case letters and digits, beginning with a letter.')
@minLength(3)
@maxLength(10)
param name string

@description('A region with Flex Consumption.')
param location string = resourceGroup().location

@description('The network on which buyers pay.')
@allowed(['base', 'base-sepolia'])
param network string = 'base'

@description('The address that receives the payments.')
@minLength(42)
@maxLength(42)
param payTo string

@description('The x402 facilitator.')
param facilitatorUrl string

@description('Our user id at fal, which its webhooks carry.')
param falWebhookUserId string = ''

@description('The JSON-RPC URL of the chain; secret, because it usually holds an API key.')
@secure()
param rpcUrl string

@description('The key at fal.')
@secure()
@minLength(1)
param falKey string

@description('The key from which tokens and webhook secrets are derived: 32 random bytes or more in base64.')
@secure()
@minLength(44)
param serverKey string

@description('The private key of the wallet that pays refunds: a wallet of its own that holds USDC and nothing else; 0x and 64 hex digits.')
@secure()
@minLength(66)
@maxLength(66)
param refundKey string

@description('SHA-256 of the operator\'s key, 64 hex digits, as "dotnet run --project OviFunctions -- new-api-key" prints it; empty switches the operator\'s calls off.')
param operatorKeySha256 string = ''

@description('Where the gateway is reached; empty is the app\'s own address.')
param publicBaseUrl string = ''

@description('Claims and ledger are the memory of the money; LRS only where the region has no ZRS.')
@allowed(['Standard_ZRS', 'Standard_LRS'])
param storageSku string = 'Standard_ZRS'

@description('The most instances that may run at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

var token = uniqueString(resourceGroup().id, name)
var appName = '${name}-${token}'
var releases = 'releases'

// App settings whose values are Key Vault references. A secret's name has no underscores.
var secrets = [
  { setting: 'Payments__RpcUrl', secret: 'payments-rpc-url', value: rpcUrl }
  { setting: 'Providers__0__ApiKey', secret: 'fal-key', value: falKey }
  { setting: 'Refunds__Wallets__0__PrivateKey', secret: 'refund-key', value: refundKey }
  { setting: 'Secrets__Keys__0__Value', secret: 'server-key', value: serverKey }
]

// Built-in roles.
var roles = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Contributor and more: what the Functions host asks for on AzureWebJobsStorage
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

// Made before the app, so that its storage and its secrets are open to it at its first start.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${appName}'
  location: location
}

// Storage: the Functions host, the task hub, claims, ledger, images and videos.

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: take('${name}${token}', 24)
  location: location
  kind: 'StorageV2'
  sku: { name: storageSku }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 14 }
  }
}

resource releasesContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: releases
}

resource storageRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [roles.blobDataOwner, roles.queueDataContributor, roles.tableDataContributor]: {
    scope: storage
    name: guid(storage.id, identity.id, role)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// Secrets.

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: take('kv-${name}-${token}', 24)
  location: location
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
  }
}

resource vaultSecrets 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = [
  for item in secrets: {
    parent: vault
    name: item.secret
    properties: { value: item.value }
  }
]

resource vaultRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identity.id, roles.keyVaultSecretsUser)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}

// Logs.

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${appName}'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${appName}'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource insightsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, identity.id, roles.monitoringMetricsPublisher)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

// The app.

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${appName}'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

// One account at fal; more accounts, such as a server that makes Sora 2, are Providers__1__... (README, docs/sora-2.md). Flex Consumption
// has no ffmpeg: clips have the provider's own size, and quotes say so (Media__UseFfmpeg, Media__FfmpegPath).
var plainSettings = [
  { name: 'AzureWebJobsStorage__accountName', value: storage.name }
  { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
  { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
  { name: 'AZURE_CLIENT_ID', value: identity.properties.clientId } // which identity the gateway's own storage client takes
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
  { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${identity.properties.clientId};Authorization=AAD' }
  { name: 'AzureWebJobsDisableHomepage', value: 'true' } // ours is at the root
  { name: 'PublicBaseUrl', value: empty(publicBaseUrl) ? 'https://${appName}.azurewebsites.net' : publicBaseUrl }
  { name: 'Storage__AccountUrl', value: storage.properties.primaryEndpoints.blob }
  { name: 'Secrets__Keys__0__Id', value: 'k1' }
  { name: 'Payments__Network', value: network }
  { name: 'Payments__PayTo', value: payTo }
  { name: 'Payments__Facilitators__0__Url', value: facilitatorUrl }
  { name: 'Limits__TrustedProxies', value: '1' } // the platform's front end, which adds the buyer's address
  { name: 'Providers__0__Name', value: 'fal' }
  { name: 'Providers__0__Type', value: 'Fal' }
  { name: 'Providers__0__WebhookUserId', value: falWebhookUserId }
]

// Set to nothing it would be refused at start.
var operatorSettings = empty(operatorKeySha256) ? [] : [
  { name: 'Operator__KeySha256', value: operatorKeySha256 }
]

var secretSettings = [
  for item in secrets: {
    name: item.setting
    value: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${item.secret})'
  }
]

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: appName
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${releases}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: concat(plainSettings, operatorSettings, secretSettings)
    }
  }
  dependsOn: [releasesContainer, storageRoles, vaultRole, vaultSecrets, insightsRole]
}

output functionAppName string = app.name
output baseUrl string = 'https://${app.properties.defaultHostName}'
output storageAccountName string = storage.name
output keyVaultName string = vault.name
