//! Tables as Parquet files.

use super::{Column, Table};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// The bytes of a Parquet file with the columns of a table, in one row group, not compressed: text
/// and integers are required, numbers are optional. The same table gives the same bytes.
pub(super) fn parquet(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let fields = table.columns.iter().map(|(name, column)| field(name, column)).collect::<Result<_, _>>()?;
    let schema = Arc::new(Type::group_type_builder(table.name).with_fields(fields).build()?);
    let created_by = concat!("svpg version ", env!("CARGO_PKG_VERSION")).to_owned();
    let properties = Arc::new(WriterProperties::builder().set_created_by(created_by).build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties)?;
    let mut rows = file.next_row_group()?;
    for (_, column) in &table.columns {
        let mut writer =
            rows.next_column()?.ok_or_else(|| ParquetError::General("a column is missing".to_owned()))?;
        match column {
            Column::Text(all) => {
                let all: Vec<ByteArray> = all.iter().map(|text| text.as_bytes().to_vec().into()).collect();
                writer.typed::<ByteArrayType>().write_batch(&all, None, None)?;
            }
            Column::Integer(all) => {
                writer.typed::<Int64Type>().write_batch(all, None, None)?;
            }
            Column::Number(all) => {
                let present: Vec<f64> = all.iter().flatten().copied().collect();
                let levels: Vec<i16> = all.iter().map(|number| i16::from(number.is_some())).collect();
                writer.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?;
            }
        }
        writer.close()?;
    }
    rows.close()?;
    file.into_inner()
}

fn field(name: &str, column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, repetition, logical) = match column {
        Column::Text(_) => (Physical::BYTE_ARRAY, Repetition::REQUIRED, Some(LogicalType::String)),
        Column::Integer(_) => (Physical::INT64, Repetition::REQUIRED, None),
        Column::Number(_) => (Physical::DOUBLE, Repetition::OPTIONAL, None),
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(repetition);
    Ok(Arc::new(field.with_logical_type(logical).build()?))
}
