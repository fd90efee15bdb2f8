export { ApiGatewayModule } from './api-gateway.module.js';
export { readApiGatewayConfig, type ApiGatewayConfig } from './api-gateway.config.js';
export { configureGateway } from './configure-gateway.js';
