FROM node:26-slim
ENV NODE_ENV=production ENTORNO=produccion PORT=3000 NODE_OPTIONS="--max-old-space-size=512 --max-semi-space-size=8"
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY src ./src
COPY views ./views
COPY public ./public
COPY scripts ./scripts
COPY supabase ./supabase
RUN mkdir -p /datos && chown node:node /datos
ENV DATOS_DIR=/datos
VOLUME /datos
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/salud').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/servidor.ts"]
