import type { Idioma } from '../formatos.ts';
import type { Sumas } from '../metricas.ts';
import type { Cadencia, Dia } from '../periodos.ts';

export interface DiaReporte extends Sumas {
  dia: Dia;
}

export interface ParteReporte extends Sumas {
  id: string;
  nombre: string;
  estado?: string | null;
  /** Sólo en anuncios. */
  campana?: string | null;
}

/**
 * Todo lo que dice un reporte, tal como queda guardado: la página, el PDF, el correo y el CSV se dibujan de aquí, así
 * que un reporte viejo no cambia aunque Meta corrija sus cifras después.
 */
export interface CifrasReporte {
  cuenta: { id: string; nombre: string; ad_account_id: string; moneda: string | null; zona: string | null };
  desde: Dia;
  hasta: Dia;
  antes_desde: Dia;
  antes_hasta: Dia;
  /** Suma de los renglones por anuncio, día y plataforma. */
  total: Sumas;
  antes: Sumas;
  /** Personas distintas según Meta para la ventana completa; null si no lo ha dado. Nunca es una suma. */
  alcance: number | null;
  /** Gasto de la ventana según el total de la cuenta en Meta; null si no se ha traído. */
  gasto_cuenta: number | null;
  dias: DiaReporte[];
  campanas: ParteReporte[];
  /** Los de más gasto. */
  anuncios: ParteReporte[];
  plataformas: ParteReporte[];
  /** Cuántos anuncios tuvieron movimiento en total. */
  n_anuncios: number;
  /** Días de la ventana que nunca se trajeron. */
  faltan: Dia[];
  /** Días del periodo anterior que nunca se trajeron; con uno, `antes` va en ceros y no se compara. Falta en los reportes viejos. */
  faltan_antes?: Dia[];
  /** Días de la ventana cuyo gasto corrigió Meta después de la primera vez que se trajo. */
  corregidos: Dia[];
  traido: string | null;
  demo: boolean;
}

/** Un renglón de `meta_ads_reportes` con lo que necesita quien lo dibuja. */
export interface Reporte {
  id: string;
  nombre_nora: string;
  cuenta_id: string;
  cadencia: Cadencia;
  desde: Dia;
  hasta: Dia;
  estado: 'borrador' | 'por_aprobar' | 'listo' | 'enviado' | 'negado';
  motivo: string | null;
  cifras: CifrasReporte;
  textos: Partial<Record<Idioma, TextoReporte>>;
  creado: string;
}

export interface TextoReporte {
  parrafos: string[];
  /** Quién lo escribió; si el modelo dijo una cifra que no está, queda `plantilla` y el porqué. */
  modo: 'ia' | 'plantilla';
  rechazo?: string | null;
}
