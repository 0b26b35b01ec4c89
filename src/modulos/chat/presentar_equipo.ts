import { llenarPlantilla } from '../../integraciones/twilio_plantillas.ts';
import { hace } from '../../web/fechas.ts';
import type { Entorno } from './tipos.ts';
import { nombreDe, primerNombre } from './presentar_persona.ts';
import { local, porVenir } from './tiempo.ts';

/** Filas como las devuelven las funciones del equipo; los nombres son los de las columnas. */
export interface FilaProgramado {
  id: string;
  contacto_id: string;
  texto: string;
  adjuntos: number;
  /** Nombre de la plantilla, si lo es. */
  plantilla: string | null;
  cuando: string;
  cuando_local: string;
  estado: string;
  usuario_id: string | null;
  usuario_nombre: string | null;
  fuera_de_ventana: boolean;
  nombre: string | null;
  telefono: string | null;
}

export interface FilaPlantilla {
  id: string;
  nombre: string;
  idioma: string;
  categoria: string | null;
  tipo: string;
  cuerpo: string;
  variables: string[];
  ejemplos: Record<string, string>;
  estado: string;
  motivo_rechazo: string | null;
  usable: boolean;
}

/** Cuándo posponer o enviar: los atajos que entiende la base. */
export const ATAJOS_HORA = [
  { clave: 'en_1h', texto: 'En 1 hora' },
  { clave: 'en_3h', texto: 'En 3 horas' },
  { clave: 'manana', texto: 'Mañana a las 9:00' },
  { clave: 'lunes', texto: 'El lunes a las 9:00' },
];

/** Un mensaje por salir, en palabras. */
export function presentarProgramado(m: FilaProgramado, e: Entorno) {
  const quien = m.usuario_id === e.usuarioId ? 'Tú' : primerNombre(m.usuario_nombre);
  const archivos = m.adjuntos === 1 ? '1 archivo' : `${m.adjuntos} archivos`;
  return {
    id: m.id,
    contacto: m.contacto_id,
    nombre: nombreDe(m),
    texto: m.texto || archivos,
    archivos: m.adjuntos > 0 && m.texto ? archivos : '',
    plantilla: m.plantilla ?? '',
    cuando: porVenir(m.cuando, e.zona, e.ahora),
    instante: m.cuando,
    local: m.cuando_local,
    quien,
    alerta: m.fuera_de_ventana
      ? 'Para entonces la ventana de 24 horas estará cerrada: sólo saldrá si te escribe antes.'
      : '',
    cursor: `${m.cuando}_${m.id}`,
  };
}

const ESTADOS: Record<string, { texto: string; tono: string }> = {
  approved: { texto: 'Aprobada', tono: 'verde' },
  pending: { texto: 'En revisión', tono: 'ambar' },
  received: { texto: 'En revisión', tono: 'ambar' },
  rejected: { texto: 'Rechazada', tono: 'rojo' },
  paused: { texto: 'En pausa', tono: 'ambar' },
  disabled: { texto: 'Desactivada', tono: 'rojo' },
  unsubmitted: { texto: 'Sin enviar a revisión', tono: 'gris' },
};
const CATEGORIAS: Record<string, string> = {
  UTILITY: 'Servicio',
  MARKETING: 'Promoción',
  AUTHENTICATION: 'Autenticación',
};

/** Plantilla en palabras; `partes` separa el texto de sus variables. `nora` sobra en el nombre: ya se sabe cuál es. */
export function presentarPlantilla(p: FilaPlantilla, nora: string) {
  const lista = p.estado === 'approved' && p.usable;
  return {
    id: p.id,
    nombre: sinPrefijo(p.nombre, nora).replace(/[_-]+/g, ' '),
    clave: p.nombre,
    idioma: p.idioma.replace('_', '-'),
    categoria: CATEGORIAS[p.categoria?.toUpperCase() ?? ''] ?? '',
    estado: ESTADOS[p.estado] ?? { texto: p.estado, tono: 'gris' },
    lista,
    motivo:
      p.estado === 'approved' && !p.usable
        ? 'WhatsApp no deja empezar una conversación con este tipo de mensaje.'
        : (p.motivo_rechazo ?? ''),
    cuerpo: p.cuerpo,
    partes: p.cuerpo
      .split(/(\{\{\s*[A-Za-z0-9_]+\s*\}\})/)
      .filter(Boolean)
      .map((t) => ({ texto: t.replace(/^\{\{\s*|\s*\}\}$/g, ''), variable: t.startsWith('{{') })),
    variables: p.variables.map((v) => ({
      clave: v,
      titulo: /^\d+$/.test(v) ? `Dato ${v}` : v.replace(/_/g, ' '),
      ejemplo: p.ejemplos[v] ?? '',
    })),
    ejemplo: llenarPlantilla(p.cuerpo, p.ejemplos),
  };
}

function sinPrefijo(nombre: string, nora: string): string {
  const prefijo = [`${nora}_`, `${nora}-`, 'general_'].find((x) => nombre.toLowerCase().startsWith(x));
  return nombre.slice(prefijo?.length ?? 0) || nombre;
}

/** Lo que rodea a la lista de plantillas. */
export function presentarSincronizacion(
  s: { sincronizada: string | null; error: string | null },
  e: Entorno,
) {
  return {
    cuando: s.sincronizada ? hace(s.sincronizada, e.ahora, e.zona) : '',
    error: s.error ?? '',
  };
}

/** Lo más pronto que se puede elegir en un campo de fecha y hora de la nora. */
export function minimoLocal(e: Entorno): string {
  return local(new Date(e.ahora.getTime() + 60_000), e.zona);
}
