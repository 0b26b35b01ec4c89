import { TITULOS_MODULOS } from '../modulos/index.ts';
import { fecha, hora } from '../web/fechas.ts';

export interface Cambio {
  campo: string;
  antes: string;
  despues: string;
}

/** Lo que no le dice nada a una persona: llaves y fechas que la base pone sola. */
const TECNICAS = new Set([
  'id',
  'created_at',
  'updated_at',
  'nombre_nora',
  'cuenta_id',
  'huella',
  'busqueda',
]);

/** De qué se trata un renglón cuando `entidad` es «tabla llave». */
const COSAS: Record<string, string> = {
  contactos: 'contacto',
  conocimiento_nora: 'bloque de conocimiento',
  importaciones_conocimiento: 'importación de conocimiento',
  respuestas_automaticas: 'respuesta automática',
  respuestas_rapidas: 'respuesta rápida',
  corridas_ia: 'cambio en prueba',
  pruebas_ia: 'prueba de la IA',
  meta_ads_cuentas: 'cuenta de anuncios',
  meta_ads_receptores: 'receptor de anuncios',
  meta_ads_ajustes: 'ajustes de anuncios',
  meta_ads_reportes: 'reporte de anuncios',
  configuracion_bot: 'ajustes de la nora',
};

const CAMPOS: Record<string, string> = {
  nombre_visible: 'nombre',
  numero_nora: 'número',
  mensaje_bienvenida: 'saludo',
  mensaje_fuera_horario: 'fuera de horario',
  mensaje_fuera_de_tema: 'fuera de tema',
  zona_horaria: 'zona horaria',
  modulos: 'módulos',
  activo: 'activa',
  ia_activa: 'IA encendida',
  clave_nueva: 'contraseña nueva',
  limite_espera_min: 'minutos de espera',
  tope_tokens_dia: 'tope de tokens al día',
  modelo_ia: 'modelo de IA',
  retencion_mensajes_dias: 'días de mensajes',
  retencion_media_dias: 'días de archivos',
  palabras_pase: 'palabras de pase',
  exige_pruebas: 'exige pruebas',
  reanudar_ia_horas: 'horas para reanudar',
  modo_respuesta: 'modo',
  foto_perfil: 'foto',
  baja_en: 'se dio de baja',
  plantilla_id: 'plantilla',
  ad_account_id: 'cuenta',
};

const PALABRAS: Record<string, string> = {
  dueno: 'dueño',
  admin: 'administración',
  true: 'sí',
  false: 'no',
};
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

/** De qué se trata un renglón, en palabras y sin repetir lo que ya dice la acción: `módulo Contactos`, `receptor de anuncios 5d579e5f`. */
export function presentarEntidad(entidad: string, accion = ''): string {
  const modulo = /^modulo (\w+)$/.exec(entidad)?.[1];
  if (modulo) return `módulo ${(TITULOS_MODULOS as Record<string, string>)[modulo] ?? modulo}`;
  const [tabla = '', ...resto] = entidad.split(' ');
  const cosa = COSAS[tabla];
  const dicha = cosa !== undefined && accion.endsWith(` ${cosa}`);
  const texto = cosa ? [...(dicha ? [] : [cosa]), ...resto].join(' ') : entidad;
  return texto.replace(UUID, (id) => id.slice(0, 8)).replace(/^invitacion\b/, 'invitación');
}

/** Un renglón por campo que cambió, antes y después, para leerse de un vistazo; a lo más treinta. */
export function presentarCambios(entidad: string, antes: unknown, despues: unknown): Cambio[] {
  const suelto = entidad.startsWith('modulo ')
    ? 'encendido'
    : entidad.startsWith('equipo ')
      ? 'rol'
      : 'valor';
  const a = comoObjeto(antes, suelto);
  const d = comoObjeto(despues, suelto);
  return (
    [...new Set([...Object.keys(a), ...Object.keys(d)])]
      .filter((campo) => !TECNICAS.has(campo) && JSON.stringify(a[campo]) !== JSON.stringify(d[campo]))
      .slice(0, 30)
      .map((campo) => ({
        campo: CAMPOS[campo] ?? campo.replaceAll('_', ' '),
        antes: decir(enTitulos(campo, a[campo])),
        despues: decir(enTitulos(campo, d[campo])),
      }))
      // «contraseña nueva: no» en cada cambio de cuenta no dice nada.
      .filter((c) => c.antes !== c.despues && !(c.campo === CAMPOS['clave_nueva'] && c.despues === 'no'))
  );
}

/** Las claves de módulo, con el nombre que se ve en el panel. */
function enTitulos(campo: string, valor: unknown): unknown {
  if (campo !== 'modulos' || !Array.isArray(valor)) return valor;
  return valor.map((clave: unknown) => (TITULOS_MODULOS as Record<string, unknown>)[String(clave)] ?? clave);
}

function comoObjeto(valor: unknown, suelto: string): Record<string, unknown> {
  if (valor === null || valor === undefined) return {};
  return typeof valor === 'object' && !Array.isArray(valor)
    ? (valor as Record<string, unknown>)
    : { [suelto]: valor };
}

function decir(valor: unknown): string {
  if (valor === null || valor === undefined || valor === '') return '—';
  if (Array.isArray(valor)) return valor.length === 0 ? '—' : valor.map(decir).join(', ').slice(0, 400);
  if (typeof valor === 'object') return JSON.stringify(valor).slice(0, 400);
  const texto = String(valor as string | number | boolean);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(texto)) return `${fecha(texto)}, ${hora(texto)}`;
  return (PALABRAS[texto] ?? texto).slice(0, 400);
}
